/** Opens the room: what faces ask, joined to the parts that answer. */
import type { Clock, Log, Newcomers, SignIn } from "#domain";
import { acceptInvitation, beginInvitedPasskey } from "./accept-invitation.ts";
import { attempts } from "./attempts.ts";
import type { SignInContext } from "./context.ts";
import { endOtherSessions } from "./ending.ts";
import {
  invite,
  listInvitations,
  openInvitation,
  revokeInvitation,
  viewOf,
} from "./invitations.ts";
import { makeLink, signInWithLink } from "./links.ts";
import { removePasskey, renamePasskey } from "./own-passkeys.ts";
import { addPasskey, beginNewPasskey } from "./add-passkey.ts";
import { beginPasskeySignIn, passkeysOf, rpIdOf, signInWithPasskey } from "./passkeys.ts";
import { passwordHasher } from "./password-hash.ts";
import { changePassword, signInWithPassword } from "./passwords.ts";
import { providerClients } from "./provider-client.ts";
import { beginProviderSignIn, callbackUrl, endProviderSignIn } from "./provider-sign-in.ts";
import { listProviders, putProvider, removeProvider } from "./providers.ts";
import { openSealKey, sealWith } from "./seal.ts";
import { freshUntilAt } from "./session-state.ts";
import { admit, endSession, listSessions } from "./sessions.ts";
import { ok } from "#std";

export interface SignInOptions {
  readonly dataDir: string;
  readonly store: SignInContext["store"];
  readonly people: Newcomers;
  readonly clock: Clock;
  readonly log: Log;
  /** Where browsers reach the console: `http://localhost:7420`, without a slash at the end. */
  readonly origin: string;
}

export async function openSignIn(options: SignInOptions): Promise<SignIn> {
  const { dataDir, store, people, clock, log, origin } = options;
  return signInWith({
    store,
    people,
    clock,
    log,
    origin,
    hasher: passwordHasher(),
    attempts: attempts(),
    seal: sealWith(await openSealKey(dataDir)),
    providers: providerClients({ clock, log }),
  });
}

function signInWith(context: SignInContext): SignIn {
  return {
    ...recognising(context),
    ...ofOneself(context),
    ...inviting(context),
    ...trusting(context),
  };
}

type Recognising =
  | "ways"
  | "admit"
  | "withPassword"
  | "beginPasskey"
  | "withPasskey"
  | "withLink"
  | "makeLink";

function recognising(context: SignInContext): Pick<SignIn, Recognising> {
  return {
    async ways() {
      const providers = await listProviders(context);
      const hasName = rpIdOf(context.origin) !== undefined;
      return {
        hasUsers: await context.people.hasUsers(),
        providers: providers.map(({ name, title }) => ({ name, title })),
        ...(hasName ? { passkeysAt: context.origin } : {}),
      };
    },
    admit: async (secret, origin) => await admit(secret, origin, context),
    withPassword: async (input, browser) => await signInWithPassword(input, browser, context),
    beginPasskey: async () => await beginPasskeySignIn(context),
    withPasskey: async (answer, browser) => await signInWithPasskey(answer, browser, context),
    withLink: async (link, browser) => await signInWithLink(link, browser, context),
    makeLink: async (actor) => await makeLink(actor, context),
  };
}

type OfOneself =
  | "sessions"
  | "endSession"
  | "endOtherSessions"
  | "freshUntilAt"
  | "ownWays"
  | "changePassword"
  | "passkeys"
  | "beginNewPasskey"
  | "addPasskey"
  | "renamePasskey"
  | "removePasskey";

function ofOneself(context: SignInContext): Pick<SignIn, OfOneself> {
  const { people } = context;
  return {
    sessions: async (of) => await listSessions(of, context),
    endSession: async (of, id) =>
      await people.inTurn(of.user?.id, async () => await endSession(of, id, context)),
    endOtherSessions: async (of, tokens) =>
      await people.inTurn(of.user?.id, async () => await endOtherSessions(of, tokens, context)),
    freshUntilAt: ({ session }) => freshUntilAt(session, context.clock.now()),
    async ownWays({ id }) {
      const password = await context.store.get("password", id);
      const passkeys = await passkeysOf(id, context);
      return { hasPassword: password !== undefined, passkeys: passkeys.length };
    },
    changePassword: async (input, of, browser) =>
      await changePassword(input, { of, browser }, context),
    passkeys: async ({ user }) => (user === undefined ? [] : await passkeysOf(user.id, context)),
    beginNewPasskey: async (of) => await beginNewPasskey(of, context),
    addPasskey: async (input, of, browser) =>
      await people.inTurn(
        of.user?.id,
        async () => await addPasskey(input, { of, browser }, context),
      ),
    renamePasskey: async (input, of) =>
      await people.inTurn(of.user?.id, async () => await renamePasskey(input, of, context)),
    removePasskey: async (id, of) =>
      await people.inTurn(of.user?.id, async () => await removePasskey(id, of, context)),
  };
}

type Inviting =
  | "invitations"
  | "invite"
  | "revokeInvitation"
  | "readInvitation"
  | "beginInvitedPasskey"
  | "accept";

function inviting(context: SignInContext): Pick<SignIn, Inviting> {
  return {
    invitations: async () => await listInvitations(context),
    invite: async (input, actor) =>
      await context.people.inTurn(actor.user, async () => await invite(input, actor, context)),
    revokeInvitation: async (id, actor) => await revokeInvitation(id, actor, context),
    async readInvitation(token) {
      const found = await openInvitation(token, context);
      return found.ok ? ok(viewOf(found.value.body, context.clock.now())) : found;
    },
    beginInvitedPasskey: async (input) => await beginInvitedPasskey(input, context),
    accept: async (input, browser) => await acceptInvitation(input, browser, context),
  };
}

type Trusting =
  | "providers"
  | "callbackUrl"
  | "putProvider"
  | "removeProvider"
  | "beginProvider"
  | "endProvider";

function trusting(context: SignInContext): Pick<SignIn, Trusting> {
  return {
    providers: async () => await listProviders(context),
    callbackUrl: (provider) => callbackUrl(provider, context),
    putProvider: async (input, actor) => await putProvider(input, actor, context),
    removeProvider: async (name, actor) => await removeProvider(name, actor, context),
    beginProvider: async (input) => await beginProviderSignIn(input, context),
    endProvider: async (input, browser) => await endProviderSignIn(input, browser, context),
  };
}
