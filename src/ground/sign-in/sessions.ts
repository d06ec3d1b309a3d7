/** Sessions: begun by a sign-in under a fresh secret, found by its hash, ended by their owner or by time. */
import { err, ok, some, type Result } from "#std";
import {
  machineActor,
  sessionOwner,
  signed,
  type Actor,
  type Admitted,
  type Batch,
  type Browser,
  type CredentialRefused,
  type DocumentRemoval,
  type NewEntry,
  type NotFound,
  type Origin,
  type Session,
  type SignedIn,
  type SignInWay,
  type Stored,
  type User,
  type VersionConflict,
} from "#domain";
import type { SignInContext } from "./context.ts";
import {
  machineSessionMsMax,
  sessionMsMax,
  sessionsPerUserMax,
  userAgentCharactersMax,
} from "./limits.ts";
import { hashOf, isSecret, newSecret, shortId } from "./secret.ts";
import { isLive, isTouchDue, surplusSessions } from "./session-state.ts";

export interface Opening {
  readonly user?: User;
  readonly way: SignInWay;
  /** By which passkey. */
  readonly passkey?: string;
  readonly browser: Browser;
  /** What else is written in the same breath: what was used up, what was made. */
  readonly batch?: Pick<Batch, "entries" | "documents" | "removals">;
}

/**
 * Begins a session, always under a secret that nobody has seen before. Refused when what is to be used up
 * was used already: then nothing is written.
 */
export async function openSession(
  { user, way, passkey, browser, batch = {} }: Opening,
  context: SignInContext,
): Promise<Result<SignedIn, VersionConflict>> {
  const now = context.clock.now();
  const secret = newSecret("tgs");
  const session: Session = {
    id: shortId("ses"),
    ...(user === undefined ? {} : { user: user.id }),
    way,
    ...some("passkey", passkey),
    createdAt: now,
    lastUsedAt: now,
    expiresAt: now + (user === undefined ? machineSessionMsMax : sessionMsMax),
    address: browser.address,
    userAgent: browser.userAgent.slice(0, userAgentCharactersMax),
  };
  const actor = await actorIn(session, { user, origin: originOf(browser) }, context);
  const owner = sessionOwner(user?.id);
  const written = await context.store.commit({
    entries: [...(batch.entries ?? []), started(session, actor)],
    documents: [
      ...(batch.documents ?? []),
      { kind: "session", id: hashOf(secret), owner, body: session, forgetAt: session.expiresAt },
    ],
    removals: batch.removals ?? [],
  });
  if (!written.ok && written.error.code === "version_conflict") return err(written.error);
  await makeRoom({ owner, session, actor }, context);
  const device = user === undefined ? {} : { device: deviceOf(user, browser, context) };
  return ok({ admitted: admittedOf(session, user, actor), secret, ...device });
}

function started({ id, way }: Session, actor: Actor): NewEntry {
  return { type: "dev.tidegate.session.started", ...signed(actor), data: { session: id, way } };
}

/** Who acts in a session, as they are at this moment, and from where. */
async function actorIn(
  { id }: Session,
  { user, origin }: { readonly user: User | undefined; readonly origin: Origin },
  { people }: SignInContext,
): Promise<Actor> {
  const actor = user === undefined ? machineActor : await people.actorOf(user);
  return { ...actor, session: id, origin };
}

/** From where a browser came, as the journal keeps it. */
export function originOf({ address, userAgent }: Browser): Origin {
  return { address, userAgent: userAgent.slice(0, userAgentCharactersMax) };
}

function admittedOf(session: Session, user: User | undefined, actor: Actor): Admitted {
  return { actor, session, ...(user === undefined ? {} : { user }) };
}

/** Says that what was to be used once was used by somebody else. */
export function usedUp(what: string, next: string): CredentialRefused {
  return { code: "credential_refused", what, why: "has been used already", next };
}

/** Ends what is too many. What was used or ended in between is left to the next sign-in. */
async function makeRoom(
  { owner, session, actor }: { owner: string; session: Session; actor: Actor },
  { store }: SignInContext,
): Promise<void> {
  const all = await store.list("session", { owner, limit: 4 * sessionsPerUserMax });
  const others = all.filter(({ body }) => body.id !== session.id);
  const ending = surplusSessions(others, session);
  if (ending.length > 0) await store.commit(endingOf(ending, "made room for a newer one", actor));
}

/** Who holds this secret; nobody when the session is over, however it ended. */
export async function admit(
  secret: string,
  origin: Origin,
  context: SignInContext,
): Promise<Admitted | undefined> {
  if (!isSecret("tgs", secret)) return undefined;
  const { store, people, clock } = context;
  const stored = await store.get("session", hashOf(secret));
  if (stored === undefined) return undefined;
  const { body: session } = stored;
  const user = session.user === undefined ? undefined : await people.user(session.user);
  if (!isLive(session, user, clock.now())) return undefined;
  if (isTouchDue(session, clock.now())) await touch(stored, context);
  return admittedOf(session, user, await actorIn(session, { user, origin }, context));
}

/** A session that was ended meanwhile is not there in this version, and stays ended. */
async function touch(stored: Stored<Session>, { store, clock }: SignInContext): Promise<void> {
  const { id, body, version } = stored;
  const used = { ...body, lastUsedAt: clock.now() };
  await store.commit({ documents: [{ kind: "session", id, body: used, ifVersion: version }] });
}

/** Those that are live, the one used last first. */
export async function listSessions(
  { session, user }: Admitted,
  context: SignInContext,
): Promise<readonly Session[]> {
  const all = await storedOf(session.user, context);
  const now = context.clock.now();
  const live = all.map(({ body }) => body).filter((each) => isLive(each, user, now));
  return live.toSorted((a, b) => b.lastUsedAt - a.lastUsedAt);
}

async function storedOf(user: Session["user"], { store }: SignInContext) {
  const owner = sessionOwner(user);
  return await store.list("session", { owner, limit: 4 * sessionsPerUserMax });
}

/** Ends one of one's own. */
export async function endSession(
  { session, actor }: Admitted,
  id: string,
  context: SignInContext,
): Promise<Result<number, NotFound>> {
  const ending = (await storedOf(session.user, context)).filter(({ body }) => body.id === id);
  if (ending.length === 0) return err({ code: "not_found", what: "session", name: id });
  const because = id === session.id ? "signed out" : "ended by its owner";
  const written = await context.store.commit(endingOf(ending, because, actor));
  // Another request has used or ended it in between.
  return written.ok ? ok(ending.length) : await endSession({ session, actor }, id, context);
}

/**
 * What ends these sessions, to be written with why; refused by the store when one was used in between, since
 * something may have been made in it that is to end with it.
 */
export function endingOf(
  ending: readonly Stored<Session>[],
  because: string,
  actor: Actor,
): { readonly entries: readonly NewEntry[]; readonly removals: readonly DocumentRemoval[] } {
  if (ending.length === 0) return { entries: [], removals: [] };
  const data = { sessions: ending.map(({ body }) => body.id), because };
  return {
    entries: [{ type: "dev.tidegate.session.ended", ...signed(actor), data }],
    removals: ending.map(({ id, version }) => ({ kind: "session", id, ifVersion: version })),
  };
}

/** The sessions of a user, or of the machine's own key, but the one that is to go on. */
export async function otherSessions(
  user: User | undefined,
  present: Session | undefined,
  context: SignInContext,
): Promise<readonly Stored<Session>[]> {
  const all = await storedOf(user?.id, context);
  return all.filter(({ body }) => body.id !== present?.id);
}

/**
 * The name under which this browser is known as one of the user's: `<id>.<signature>`. It opens nothing; it
 * keeps strangers' wrong passwords from making the user wait here.
 */
function deviceOf(user: User, { device }: Browser, { seal }: SignInContext): string {
  const known = knownDevice(user, device, seal);
  const id = known ?? shortId("dev");
  return `${id}.${seal.sign("device", `${user.id} ${id}`)}`;
}

/** The browser's id, when this user has signed in with it before. */
export function knownDevice(
  user: User,
  device: string | undefined,
  seal: SignInContext["seal"],
): string | undefined {
  const [, id = "", signature = ""] =
    /^(dev_[0-9a-z]{12})\.([A-Za-z0-9_-]{43})$/.exec(device ?? "") ?? [];
  return id !== "" && seal.isSigned("device", `${user.id} ${id}`, signature) ? id : undefined;
}
