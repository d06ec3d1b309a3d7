/** Adding a passkey to one's own: soon after a sign-in, and only while its session goes on. */
import { err, ok, type Result } from "#std";
import type {
  Actor,
  Admitted,
  AlreadyExists,
  Browser,
  CeremonyBegun,
  CredentialEnded,
  CredentialRefused,
  DocumentPut,
  FenceLost,
  LimitReached,
  Passkey,
  PasskeyAnswer,
  SignInAgain,
  User,
  VersionConflict,
  WrongState,
} from "#domain";
import type { SignInContext } from "./context.ts";
import { requireFresh } from "./fresh.ts";
import { passkeysPerUserMax } from "./limits.ts";
import {
  addedEntry,
  beginPasskeyCreation,
  createdPasskey,
  passkeyPut,
  passkeysOf,
} from "./passkeys.ts";
import { machineHasNone } from "./passwords.ts";
import { usedUp } from "./sessions.ts";

export async function beginNewPasskey(
  { user, session }: Admitted,
  context: SignInContext,
): Promise<Result<CeremonyBegun, WrongState | SignInAgain | LimitReached>> {
  if (user === undefined) return err(machineHasNone("passkey"));
  const fresh = requireFresh(session, "add a passkey", context);
  if (!fresh.ok) return fresh;
  const existing = await passkeysOf(user.id, context);
  if (existing.length >= passkeysPerUserMax) return err(tooMany());
  return await beginPasskeyCreation({ subject: user.id, userName: user.name, existing }, context);
}

const tooMany = (): LimitReached => ({
  code: "limit_reached",
  limit: "passkeys of one user",
  allowed: passkeysPerUserMax,
  unit: "passkeys",
  next: "Remove one that you do not use: Passkeys, under Security.",
});

type AddError =
  | CredentialRefused
  | CredentialEnded
  | WrongState
  | SignInAgain
  | AlreadyExists
  | LimitReached;

export async function addPasskey(
  { label, answer }: { readonly label: string; readonly answer: PasskeyAnswer },
  { of, browser }: { readonly of: Admitted; readonly browser: Browser },
  context: SignInContext,
): Promise<Result<Passkey, AddError>> {
  const { user, session, actor } = of;
  if (user === undefined) return err(machineHasNone("passkey"));
  const fresh = requireFresh(session, "add a passkey", context);
  if (!fresh.ok) return fresh;
  const existing = await passkeysOf(user.id, context);
  if (existing.length >= passkeysPerUserMax) return err(tooMany());
  const made = await createdPasskey(
    { answer, label, subject: user.id, user: user.id },
    browser,
    context,
  );
  if (!made.ok) return made;
  return await keep(made.value, { user, actor }, context);
}

/** Only while the session goes on in which it was asked for: one that was used in between still does. */
async function keep(
  made: { readonly passkey: Passkey; readonly spent: DocumentPut },
  of: { readonly user: User; readonly actor: Actor },
  context: SignInContext,
): Promise<Result<Passkey, CredentialEnded | AlreadyExists | CredentialRefused>> {
  const { passkey, spent } = made;
  const held = await context.people.stillIn(of.actor);
  if (!held.ok) return held;
  const written = await context.store.commit({
    entries: [addedEntry(passkey, of.user, of.actor)],
    documents: [spent, passkeyPut(passkey), ...held.value],
  });
  if (written.ok) return ok(passkey);
  if (isOfHeld(written.error)) return await keep(made, of, context);
  const isKnown = written.error.code === "version_conflict" && written.error.kind === "passkey";
  if (isKnown) return err({ code: "already_exists", what: "passkey", name: passkey.label });
  return err(usedUp("request for a passkey", "Begin again to add one."));
}

const heldKinds: ReadonlySet<string> = new Set(["session", "user"]);

function isOfHeld(error: VersionConflict | FenceLost): boolean {
  return error.code === "version_conflict" && heldKinds.has(error.kind);
}
