/** Invitations: made by whoever may, shown to and accepted by whoever holds the link, once. */
import { err, ok, some, type Result } from "#std";
import {
  parseTeamName,
  parseUserName,
  signed,
  type Actor,
  type AlreadyExists,
  type Batch,
  type CredentialEnded,
  type CredentialRefused,
  type DocumentPut,
  type Grant,
  type InvalidInput,
  type Invitation,
  type InvitationView,
  type LimitReached,
  type NewInvitation,
  type NotFound,
  type Scope,
  type Stored,
  type TeamName,
  type User,
  type UserName,
  type WrongState,
} from "#domain";
import type { SignInContext } from "./context.ts";
import {
  invitationMsDefault,
  invitationMsMax,
  invitationMsMin,
  invitationsOpenMax,
} from "./limits.ts";
import { hashOf, isSameHash, newInvitationSecret, shortId } from "./secret.ts";

type InviteError =
  | InvalidInput
  | NotFound
  | AlreadyExists
  | LimitReached
  | WrongState
  | CredentialEnded;
export interface Invited {
  readonly invitation: InvitationView;
  /** `inv_….<secret>`: the only time that it is seen. */
  readonly token: string;
}

export async function invite(
  input: NewInvitation,
  actor: Actor,
  context: SignInContext,
): Promise<Result<Invited, InviteError>> {
  const { clock } = context;
  const held = await context.people.stillIn(actor);
  if (!held.ok) return held;
  const whom = await whomOf(input, context);
  if (!whom.ok) return whom;
  const teams = await teamsOf(input.teams, context);
  if (!teams.ok) return teams;
  const lacking = await lackingScope(input.grants, context);
  if (lacking !== undefined) return err(lacking);
  const lifeMs = input.expiresInMs ?? invitationMsDefault;
  const beyond = beyondLife(lifeMs) ?? (await beyondNumber(context));
  if (beyond !== undefined) return err(beyond);
  const now = clock.now();
  const secret = newInvitationSecret();
  const { user, name } = whom.value;
  const invitation: Invitation = {
    id: shortId("inv"),
    secretHash: hashOf(secret),
    note: input.note,
    ...some("user", user?.id),
    ...some("name", name),
    grants: user === undefined ? input.grants : [],
    teams: user === undefined ? teams.value : [],
    createdAt: now,
    createdBy: actor.name,
    expiresAt: now + lifeMs,
  };
  // An older one was accepted or taken back in between, or what the actor came by was used or ended: it is
  // decided again on what is there now.
  if (!(await write({ invitation, user, held: held.value }, actor, context))) {
    return await invite(input, actor, context);
  }
  return ok({ invitation: viewOf(invitation, now), token: `${invitation.id}.${secret}` });
}

function beyondLife(lifeMs: number): InvalidInput | undefined {
  if (lifeMs >= invitationMsMin && lifeMs <= invitationMsMax) return undefined;
  return { code: "invalid_input", field: "expiresInMs", expected: "from a minute to 30 days" };
}

async function beyondNumber(context: SignInContext): Promise<LimitReached | undefined> {
  const open = (await listInvitations(context)).filter(({ state }) => state === "open");
  if (open.length < invitationsOpenMax) return undefined;
  const limit = "open invitations";
  const next = "Take one back: tidegate invitation list, tidegate invitation revoke ID";
  return { code: "limit_reached", limit, allowed: invitationsOpenMax, unit: "invitations", next };
}

interface Writing {
  readonly invitation: Invitation;
  readonly user: User | undefined;
  readonly held: readonly DocumentPut[];
}

/** Most second links for a user are made because the first went astray: it must not open anything any more. */
async function write(
  { invitation, user, held }: Writing,
  by: Actor,
  context: SignInContext,
): Promise<boolean> {
  const older = user === undefined ? none : await endingInvitations({ user, by }, context);
  const { id } = invitation;
  const written = await context.store.commit({
    entries: [createdEntry(invitation, by), ...older.entries],
    documents: [
      { kind: "invitation", id, body: invitation, ifVersion: 0 },
      ...older.documents,
      ...held,
    ],
  });
  return written.ok;
}

function createdEntry(invitation: Invitation, actor: Actor) {
  const { id, note, name, grants, teams, expiresAt } = invitation;
  const user = name === undefined ? {} : { user: name };
  const data = { invitation: id, note, grants, teams, expiresAt, ...user };
  return { type: "dev.tidegate.invitation.created", ...signed(actor), data } as const;
}

interface Whom {
  readonly user?: User;
  readonly name?: UserName;
}

/** A user there is, a name there is not yet, or whoever comes. */
async function whomOf(
  { forUser, name }: NewInvitation,
  { people }: SignInContext,
): Promise<Result<Whom, InvalidInput | NotFound | AlreadyExists | WrongState>> {
  if (forUser !== undefined) {
    const parsed = parseUserName(forUser);
    const user = parsed.ok ? await people.userByName(parsed.value) : undefined;
    if (user === undefined) return err({ code: "not_found", what: "user", name: forUser });
    if (user.state === "disabled") return err(disabled);
    return ok({ user, name: user.name });
  }
  if (name === undefined) return ok({});
  return await freeName(name, people);
}

const disabled: WrongState = {
  code: "wrong_state",
  what: "user",
  state: "disabled",
  next: "Enable the user first.",
};

/** A name that nobody has. */
export async function freeName(
  text: string,
  people: SignInContext["people"],
): Promise<Result<{ readonly name: UserName }, InvalidInput | AlreadyExists>> {
  const parsed = parseUserName(text.trim().toLowerCase());
  if (!parsed.ok) return parsed;
  const taken = await people.userByName(parsed.value);
  if (taken === undefined) return ok({ name: parsed.value });
  return err({ code: "already_exists", what: "user", name: parsed.value });
}

async function teamsOf(
  names: readonly string[],
  { people }: SignInContext,
): Promise<Result<readonly TeamName[], InvalidInput | NotFound>> {
  const teams: TeamName[] = [];
  for (const text of new Set(names)) {
    const parsed = parseTeamName(text);
    if (!parsed.ok) return parsed;
    if (!(await people.hasTeam(parsed.value)))
      return err({ code: "not_found", what: "team", name: text });
    teams.push(parsed.value);
  }
  return ok(teams);
}

/** The first app or team that a grant is on and that is not there: what comes later is another one's to give. */
async function lackingScope(
  grants: readonly Grant[],
  context: SignInContext,
): Promise<NotFound | undefined> {
  for (const { scope } of grants) {
    if (scope.kind === "platform" || (await isThere(scope, Infinity, context))) continue;
    return { code: "not_found", what: scope.kind === "team" ? "team" : "app", name: nameOf(scope) };
  }
  return undefined;
}

/**
 * What of an invitation still means what it meant: what was given on an app or a team that is gone since, or for
 * a team, must not go to the next of its name.
 */
export async function stillMeant(
  { grants, teams, createdAt }: Invitation,
  context: SignInContext,
): Promise<Pick<Invitation, "grants" | "teams">> {
  const [meantGrants, meantTeams] = await Promise.all([
    kept(grants, async ({ scope }) => await isThere(scope, createdAt, context)),
    kept(teams, async (team) => await isThere({ kind: "team", team }, createdAt, context)),
  ]);
  return { grants: meantGrants, teams: meantTeams };
}

async function kept<T>(
  all: readonly T[],
  isKept: (one: T) => Promise<boolean>,
): Promise<readonly T[]> {
  const answers = await Promise.all(all.map(isKept));
  return all.filter((_, index) => answers[index] === true);
}

/** Whether the scope's app or team is there, and has been since `sinceAt`. */
async function isThere(
  scope: Scope,
  sinceAt: number,
  { store }: Pick<SignInContext, "store">,
): Promise<boolean> {
  if (scope.kind === "platform") return true;
  const stored = await (scope.kind === "team"
    ? store.get("team", scope.team)
    : store.get("app", scope.app));
  return (
    stored !== undefined && stored.body.deletedAt === undefined && stored.body.createdAt <= sinceAt
  );
}

function nameOf(scope: Exclude<Scope, { readonly kind: "platform" }>): string {
  return scope.kind === "team" ? scope.team : scope.app;
}

export function viewOf(invitation: Invitation, now: number): InvitationView {
  return { ...invitation, state: stateOf(invitation, now) };
}

function stateOf(invitation: Invitation, now: number): InvitationView["state"] {
  if (invitation.acceptedAt !== undefined) return "accepted";
  if (invitation.revokedAt !== undefined) return "revoked";
  return now >= invitation.expiresAt ? "expired" : "open";
}

/** Newest first. */
export async function listInvitations({
  store,
  clock,
}: SignInContext): Promise<readonly InvitationView[]> {
  const all = await store.list("invitation", { limit: 2 * invitationsOpenMax });
  return all.map(({ body }) => viewOf(body, clock.now()));
}

export async function revokeInvitation(
  id: string,
  actor: Actor,
  context: SignInContext,
): Promise<Result<InvitationView, NotFound | WrongState>> {
  const { store, clock } = context;
  const stored = await store.get("invitation", id);
  if (stored === undefined) return err({ code: "not_found", what: "invitation", name: id });
  const state = stateOf(stored.body, clock.now());
  if (state === "accepted") {
    const next = "Disable the user instead: tidegate user disable.";
    return err({ code: "wrong_state", what: "invitation", state, next });
  }
  if (state === "revoked") return ok(viewOf(stored.body, clock.now()));
  const { entry, put } = revoking(stored, actor, context);
  const written = await store.commit({ entries: [entry], documents: [put] });
  // Somebody accepted it in between: then it is too late, and that is said.
  if (!written.ok) return await revokeInvitation(id, actor, context);
  return ok(viewOf(put.body, clock.now()));
}

const none = { entries: [], documents: [] };

/** What takes back a user's links that are still open, but for one: each is a way in as them. */
export async function endingInvitations(
  { user, by, except }: { readonly user: User; readonly by: Actor; readonly except?: string },
  context: SignInContext,
): Promise<Required<Pick<Batch, "entries" | "documents">>> {
  const { store, clock } = context;
  const all = await store.list("invitation", { limit: 2 * invitationsOpenMax });
  const theirs = all.filter(
    ({ id, body }) =>
      id !== except && body.user === user.id && stateOf(body, clock.now()) === "open",
  );
  const ends = theirs.map((stored) => revoking(stored, by, context));
  return { entries: ends.map(({ entry }) => entry), documents: ends.map(({ put }) => put) };
}

function revoking({ id, body, version }: Stored<Invitation>, by: Actor, { clock }: SignInContext) {
  return {
    entry: { type: "dev.tidegate.invitation.revoked", ...signed(by), data: { invitation: id } },
    put: {
      kind: "invitation",
      id,
      body: { ...body, revokedAt: clock.now() },
      ifVersion: version,
    },
  } as const;
}

/** The invitation whose link this is, as long as it is open. */
export async function openInvitation(
  token: string,
  { store, clock }: SignInContext,
): Promise<Result<Stored<Invitation>, CredentialRefused>> {
  const ask = "Ask whoever sent it for a new one.";
  const [, id, secret] = /^(inv_[0-9a-z]{12})\.([A-Za-z0-9_-]{43})$/.exec(token) ?? [];
  if (id === undefined || secret === undefined) {
    return refuse("is not whole", "Open the link as it was sent, from beginning to end.");
  }
  const stored = await store.get("invitation", id);
  if (stored === undefined || !isSameHash(stored.body.secretHash, hashOf(secret))) {
    return refuse(
      "is not of this Tidegate",
      "Look whether the address is the right one, or ask for a new one.",
    );
  }
  const state = stateOf(stored.body, clock.now());
  if (state === "accepted") {
    return refuse(
      "has been accepted already",
      "If that was you, sign in. If not, tell whoever sent it.",
    );
  }
  if (state === "revoked") return refuse("was taken back", ask);
  return state === "expired" ? refuse("has expired", ask) : ok(stored);
}

function refuse(why: string, next: string): Result<never, CredentialRefused> {
  return err({ code: "credential_refused", what: "invitation", why, next });
}
