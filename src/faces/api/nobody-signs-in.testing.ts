/** Signing in for tests that are about something else: nobody comes in, and every attempt is told so. */
import { err, ok } from "#std";
import type { SignIn } from "#domain";

const no = async () =>
  err({
    code: "wrong_state" as const,
    what: "instance",
    state: "one in which nobody signs in",
    next: "Send a token.",
  });
const gone = async () =>
  err({
    code: "credential_refused" as const,
    what: "link",
    why: "is not known here",
    next: "Send a token.",
  });
const missing = async () => err({ code: "not_found" as const, what: "thing", name: "it" });
const none = async () => [];

export const nobodySignsIn: SignIn = {
  ways: async () => ({ hasUsers: false, providers: [] }),
  admit: async () => undefined,
  withPassword: async () => err({ code: "sign_in_refused" }),
  beginPasskey: no,
  withPasskey: no,
  withLink: gone,
  makeLink: no,
  sessions: none,
  endSession: missing,
  endOtherSessions: async () => ({ sessionsEnded: 0, tokensEnded: 0, sshKeysEnded: 0 }),
  freshUntilAt: () => undefined,
  ownWays: async () => ({ hasPassword: false, passkeys: 0 }),
  changePassword: no,
  passkeys: none,
  beginNewPasskey: no,
  addPasskey: no,
  renamePasskey: no,
  removePasskey: no,
  invitations: none,
  invite: no,
  revokeInvitation: no,
  readInvitation: gone,
  beginInvitedPasskey: gone,
  accept: gone,
  providers: none,
  callbackUrl: (provider) => `http://localhost:7420/auth/oidc/${provider}/callback`,
  putProvider: async () => err({ code: "invalid_input", field: "issuer", expected: "a real one" }),
  removeProvider: async () => ok(undefined),
  beginProvider: missing,
  endProvider: missing,
};
