/** Accepting an invitation: a user comes to be, with a password or a passkey, and is signed in. */
import { err, ok, some, type Result } from "#std";
import {
  newId,
  signed,
  type Acceptance,
  type Actor,
  type AlreadyExists,
  type Batch,
  type Browser,
  type CeremonyBegun,
  type CredentialRefused,
  type InvalidInput,
  type Invitation,
  type SignedIn,
  type Stored,
  type Unavailable,
  type User,
  type UserId,
  type WrongState,
} from "#domain";
import type { SignInContext } from "./context.ts";
import { endingWaysIn } from "./ending.ts";
import { endingPasskeys } from "./ending-passkeys.ts";
import { freeName, openInvitation, stillMeant } from "./invitations.ts";
import {
  addedEntry,
  beginPasskeyCreation,
  createdPasskey,
  passkeyPut,
  passkeysOf,
} from "./passkeys.ts";
import { newPasswordRecord } from "./passwords.ts";
import { openSession, originOf, usedUp } from "./sessions.ts";

type Refusal = CredentialRefused | InvalidInput | AlreadyExists | WrongState;

export async function beginInvitedPasskey(
  { token, name }: { readonly token: string; readonly name?: string },
  context: SignInContext,
): Promise<Result<CeremonyBegun, Refusal>> {
  const found = await openInvitation(token, context);
  if (!found.ok) return found;
  const invitation = found.value.body;
  const user = await userFor(invitation, name, context);
  if (!user.ok) return user;
  const existing = invitation.user === undefined ? [] : await passkeysOf(invitation.user, context);
  const input = { subject: invitation.id, userName: user.value.user.name, existing };
  return await beginPasskeyCreation(input, context);
}

/** Somebody may come in by an old way, or use one, in the moment in which it ends: then it is looked at again. */
const attemptsMax = 5;

/** All of it in one batch: a link that is used twice at once makes one user. */
export async function acceptInvitation(
  acceptance: Acceptance,
  browser: Browser,
  context: SignInContext,
): Promise<Result<SignedIn, Refusal | Unavailable>> {
  for (let attempt = 0; attempt < attemptsMax; attempt += 1) {
    const accepted = await tryToAccept(acceptance, browser, context);
    if (accepted !== "moved") return accepted;
  }
  return err(usedUp("request", "Try again."));
}

async function tryToAccept(
  { token, name, credential }: Acceptance,
  browser: Browser,
  context: SignInContext,
): Promise<Result<SignedIn, Refusal | Unavailable> | "moved"> {
  const found = await openInvitation(token, context);
  if (!found.ok) return found;
  const invitation = found.value.body;
  const whom = await userFor(invitation, name, context);
  if (!whom.ok) return whom;
  const { user } = whom.value;
  const by: Actor = { name: user.name, user: user.id, grants: [], origin: originOf(browser) };
  const made = await credentialOf({ credential, invitation, user, browser, by }, context);
  if (!made.ok) return made;
  const { kind } = credential;
  const entering = { ...whom.value, by, accepted: found.value, made: made.value, kind };
  return await context.people.inTurn(user.id, async () => await enter(entering, browser, context));
}

interface Made extends Pick<Batch, "entries" | "documents"> {
  /** The passkey that it is. */
  readonly passkey?: string;
}

interface Entering extends Whom {
  readonly by: Actor;
  readonly accepted: Stored<Invitation>;
  /** What writes down their password or passkey. */
  readonly made: Made;
  readonly kind: Acceptance["credential"]["kind"];
}

async function enter(
  { user, before, by, accepted: { id, body: invitation, version }, made, kind }: Entering,
  browser: Browser,
  context: SignInContext,
): Promise<Result<SignedIn, CredentialRefused> | "moved"> {
  // In this version: with the one before, nobody comes in between the end of all sessions and this.
  const ifVersion = (await context.store.get("password", user.id))?.version ?? 0;
  const documents = (made.documents ?? []).map((put) =>
    put.kind === "password" ? { ...put, ifVersion } : put,
  );
  const ending = await endingOfOthers({ before, by, invitation: id, kind }, context);
  const person =
    before === undefined
      ? context.people.written(user, by)
      : await context.people.changed(user.id, { state: "active" }, by);
  if (person === undefined) return err(mayNoLonger);
  const used = { ...invitation, acceptedAt: context.clock.now(), acceptedBy: user.name };
  const batch = {
    entries: [
      ...person.entries,
      acceptedEntry(used, user, by),
      ...(made.entries ?? []),
      ...ending.entries,
    ],
    documents: [
      ...person.documents,
      ...documents,
      ...ending.documents,
      { kind: "invitation" as const, id, body: used, ifVersion: version },
    ],
    removals: ending.removals,
  };
  const way = "invitation";
  const opening = { user, way, browser, batch, ...some("passkey", made.passkey) } as const;
  const opened = await openSession(opening, context);
  return opened.ok ? opened : "moved";
}

function acceptedEntry({ id }: Invitation, user: User, by: Actor) {
  const data = { invitation: id, user: user.name };
  return { type: "dev.tidegate.invitation.accepted", ...signed(by), data } as const;
}

interface Whom {
  readonly user: User;
  /** As they were, when they are a user already. */
  readonly before?: User;
}

async function userFor(
  invitation: Invitation,
  name: string | undefined,
  context: SignInContext,
): Promise<Result<Whom, Refusal>> {
  const { people, clock } = context;
  if (invitation.user !== undefined) return await invitedUser(invitation.user, people);
  const free = await freeName(invitation.name ?? name ?? "", people);
  if (!free.ok) return free;
  const now = clock.now();
  return ok({
    user: {
      id: newId("usr", () => clock.random()),
      name: free.value.name,
      state: "active",
      createdAt: now,
      createdBy: invitation.createdBy,
      credentialsFromAt: now,
      ...(await stillMeant(invitation, context)),
    },
  });
}

async function invitedUser(
  id: UserId,
  people: SignInContext["people"],
): Promise<Result<Whom, Refusal>> {
  const before = await people.user(id);
  if (before !== undefined && before.state !== "disabled") {
    return ok({ user: { ...before, state: "active" }, before });
  }
  return err(mayNoLonger);
}

const mayNoLonger: CredentialRefused = {
  code: "credential_refused",
  what: "invitation",
  why: "is for a user who may no longer sign in",
  next: "Ask an administrator of this Tidegate.",
};

interface Credential {
  readonly credential: Acceptance["credential"];
  readonly invitation: Invitation;
  readonly user: User;
  readonly browser: Browser;
  readonly by: Actor;
}

async function credentialOf(
  { credential, invitation, user, browser, by }: Credential,
  context: SignInContext,
): Promise<Result<Made, Refusal | Unavailable>> {
  if (credential.kind === "password") {
    const record = await newPasswordRecord({ user, password: credential.password }, context);
    if (!record.ok) return record;
    return ok({ documents: [{ kind: "password", id: user.id, body: record.value }] });
  }
  const { label, answer } = credential;
  const made = await createdPasskey(
    { answer, label, subject: invitation.id, user: user.id },
    browser,
    context,
  );
  if (!made.ok) return made;
  const { passkey, spent } = made.value;
  return ok({
    passkey: passkey.id,
    entries: [addedEntry(passkey, user, by)],
    documents: [spent, passkeyPut(passkey)],
  });
}

interface OldWays {
  readonly before: User | undefined;
  readonly by: Actor;
  readonly invitation: string;
  /** The one that is set; an old password gives way to it, and a new one takes its place anyway. */
  readonly kind: Acceptance["credential"]["kind"];
}

/** A new way in for a user there is: the old ones are over, and whoever came in by them is out, tokens and all. */
async function endingOfOthers(
  { before, by, invitation, kind }: OldWays,
  context: SignInContext,
): Promise<Required<Pick<Batch, "entries" | "documents" | "removals">>> {
  if (before === undefined) return { entries: [], documents: [], removals: [] };
  const because = "a new way in was set by an invitation";
  const ways = { user: before, because, by, invitation, tokens: "end" } as const;
  const { entries, documents, removals } = await endingWaysIn(ways, context);
  const passkeys = await endingPasskeys({ user: before.id, by }, context);
  const password = kind === "passkey" ? await context.store.get("password", before.id) : undefined;
  return {
    entries: [...entries, ...passkeys.entries],
    documents,
    removals: [
      ...removals,
      ...passkeys.removals,
      ...(password === undefined
        ? []
        : [{ kind: "password" as const, id: password.id, ifVersion: password.version }]),
    ],
  };
}
