/** Tokens: made once, kept as hashes, worth what their owner is worth when they are used, and never more. */
import { randomBytes, timingSafeEqual } from "node:crypto";
import { err, ok, sha256Hex, some, type Result } from "#std";
import {
  isAllowed,
  machineActor,
  signed,
  tokenForm,
  tokenIdOf,
  tokenText,
  type Actor,
  type CredentialEnded,
  type DocumentPut,
  type Forbidden,
  type InvalidInput,
  type LimitReached,
  type ListedToken,
  type NewToken,
  type NotFound,
  type Origin,
  type Stored,
  type Token,
  type TokenId,
  type User,
  type WrongState,
} from "#domain";
import { actorOf, grantorsOf } from "./actors.ts";
import { all, userNamed, type PeopleContext } from "./context.ts";
import {
  conflictsMax,
  labelCharactersMax,
  tokenMsMax,
  tokenMsMin,
  tokensPerOwnerMax,
  touchEveryMs,
} from "./limits.ts";
import { limit } from "./users.ts";
import { hasEnded, stillIn } from "./still-in.ts";
import type { Written } from "./write.ts";

export interface MadeToken {
  readonly token: Token;
  readonly text: string;
}

type Refusal = NotFound | InvalidInput | Forbidden | WrongState | LimitReached | CredentialEnded;

/** Those of an owner by name, the machine's own under "admin"; default: all. Newest first. */
export async function listTokens(
  owner: string | undefined,
  context: PeopleContext,
): Promise<readonly ListedToken[]> {
  const tokens = (await all("token", context))
    .map(({ body }) => body)
    .filter(({ ownerName }) => owner === undefined || ownerName === owner)
    .toReversed();
  const users = await ownersOf(tokens, context);
  return tokens.map((token) =>
    token.owner === undefined || isWithOwner(token, users.get(token.owner))
      ? token
      : { ...token, isEnded: true },
  );
}

async function ownersOf(
  tokens: readonly Token[],
  { store }: PeopleContext,
): Promise<ReadonlyMap<string, User>> {
  const users = new Map<string, User>();
  for (const id of new Set(tokens.flatMap(({ owner }) => owner ?? []))) {
    const user = await store.get("user", id);
    if (user !== undefined) users.set(id, user.body);
  }
  return users;
}

/** Whoever was disabled in between may be let in again: what they had before stays ended. */
function isWithOwner({ createdAt }: Token, owner: User | undefined): owner is User {
  return owner !== undefined && owner.state !== "disabled" && createdAt >= owner.credentialsFromAt;
}

export async function createToken(
  input: NewToken,
  actor: Actor,
  context: PeopleContext,
): Promise<Result<MadeToken, Refusal>> {
  const refused = refusedInput(input) ?? refusedMaker(actor);
  if (refused !== undefined) return err(refused);
  const held = await stillIn(actor, context);
  if (!held.ok) return held;
  const found = await ownerOf(input, actor, context);
  if (!found.ok) return found;
  const owner = found.value?.body;
  const ownerName = owner?.name ?? machineActor.name;
  const now = context.clock.now();
  const full = await refusedByNumber(ownerName, context);
  if (full !== undefined) return err(full);
  const text = tokenText(input.reach.kind, randomBytes(32));
  const hash = sha256Hex(text);
  const token: Token = {
    id: tokenIdOf(hash),
    label: input.label,
    ...some("owner", owner?.id),
    ownerName,
    reach: input.reach,
    hash,
    createdAt: now,
    createdBy: actor.name,
    expiresAt: Math.min(now + input.expiresInMs, (await endOf(actor, context)) ?? Infinity),
  };
  const isWritten = await write(token, [...held.value, ...othersKept(found.value, actor)], {
    actor,
    context,
  });
  // What it came by was used or ended in between, or, once in a billion, the id is taken: decided again.
  return isWritten ? ok({ token, text }) : await createToken(input, actor, context);
}

async function write(
  token: Token,
  held: readonly DocumentPut[],
  { actor, context }: { readonly actor: Actor; readonly context: PeopleContext },
): Promise<boolean> {
  const { id, label, ownerName, reach, expiresAt } = token;
  const data = { token: id, label, owner: ownerName, reach, expiresAt };
  const app = reach.kind === "push" ? { app: reach.app } : {};
  const written = await context.store.commit({
    entries: [{ type: "dev.tidegate.token.created", ...app, ...signed(actor), data }],
    documents: [{ kind: "token", id, ...app, body: token, ifVersion: 0 }, ...held],
  });
  return written.ok;
}

function refusedInput({ label, expiresInMs }: NewToken): InvalidInput | undefined {
  if (label.trim() === "" || label.length > labelCharactersMax) {
    const expected = `what it is for, in at most ${labelCharactersMax} characters`;
    return { code: "invalid_input", field: "label", expected };
  }
  if (expiresInMs >= tokenMsMin && expiresInMs <= tokenMsMax) return undefined;
  return { code: "invalid_input", field: "expires", expected: "from a minute to 366 days" };
}

async function refusedByNumber(
  ownerName: string,
  context: PeopleContext,
): Promise<LimitReached | undefined> {
  const now = context.clock.now();
  const living = (await listTokens(ownerName, context)).filter(
    (token) => token.isEnded !== true && !hasEnded(token, now),
  );
  if (living.length < tokensPerOwnerMax) return undefined;
  return limit("tokens of one owner", tokensPerOwnerMax);
}

/** A token that is for less than its owner may must not make one that is for more. */
function refusedMaker({ reach }: Actor): WrongState | undefined {
  if (reach === undefined || reach.kind === "all") return undefined;
  const next = "Sign in, or use a token that reaches all that you may.";
  return { code: "wrong_state", what: "token in use", state: "too narrow to make another", next };
}

/** The end of the token that makes something: nothing outlives its maker. Nothing for sessions and the machine. */
export async function endOf(
  { token }: Actor,
  { store }: PeopleContext,
): Promise<number | undefined> {
  const maker = token === undefined ? undefined : await store.get("token", token);
  return maker?.body.expiresAt;
}

/** Of somebody else whose token it is to be: if they are disabled in the same moment, they get none. */
function othersKept(owner: Stored<User> | undefined, { user }: Actor): readonly DocumentPut[] {
  if (owner === undefined || owner.id === user) return [];
  return [{ kind: "user", id: owner.id, body: owner.body, ifVersion: owner.version }];
}

async function ownerOf(
  { owner: name }: NewToken,
  actor: Actor,
  context: PeopleContext,
): Promise<Result<Stored<User> | undefined, NotFound | Forbidden | WrongState>> {
  if (name === undefined || name === actor.name) {
    return ok(actor.user === undefined ? undefined : await context.store.get("user", actor.user));
  }
  const refused = await refusedForOthers(actor, context);
  if (refused !== undefined) return err(refused);
  const found = await userNamed(name, context);
  if (!found.ok) return found;
  if (found.value.body.state !== "disabled") return found;
  const next = `Let them in first: tidegate user enable ${name}`;
  return err({ code: "wrong_state", what: `user ${name}`, state: "disabled", next });
}

/** Other people's tokens are the business of who looks after people. */
async function refusedForOthers(
  actor: Actor,
  context: PeopleContext,
): Promise<Forbidden | undefined> {
  const on = { kind: "platform" } as const;
  if (isAllowed(actor, "people.write", on)) return undefined;
  const { reach: _reach, ...owner } = actor;
  const facts = { who: actor.name, permission: "people.write", on } as const;
  const isTokenTooNarrow = isAllowed(owner, "people.write", on);
  return { code: "forbidden", ...facts, isTokenTooNarrow, grantors: await grantorsOf(on, context) };
}

/** Ends a token at once. One that has ended is left as it is. */
export async function revokeToken(
  id: TokenId,
  actor: Actor,
  context: PeopleContext,
): Promise<Result<Token, NotFound | Forbidden>> {
  for (let attempt = 0; attempt < conflictsMax; attempt += 1) {
    const stored = await context.store.get("token", id);
    const isTheirs = stored !== undefined && isOwn(stored.body, actor);
    const refused = isTheirs ? undefined : await refusedForOthers(actor, context);
    // Of other people's tokens nobody is told that they exist.
    if (stored === undefined || refused !== undefined) {
      return err({ code: "not_found", what: "token", name: id });
    }
    if (stored.body.revokedAt !== undefined) return ok(stored.body);
    const { entry, put } = ending(stored, actor, context);
    const written = await context.store.commit({ entries: [entry], documents: [put] });
    if (written.ok) return ok(put.body);
  }
  throw new Error(`the token ${id} changed faster than it could be written`);
}

function ending({ id, body: token, version }: Stored<Token>, by: Actor, { clock }: PeopleContext) {
  const body = { ...token, revokedAt: clock.now() };
  const data = { token: token.id, label: token.label, owner: token.ownerName };
  const app = token.reach.kind === "push" ? { app: token.reach.app } : {};
  return {
    entry: { type: "dev.tidegate.token.revoked", ...app, ...signed(by), data },
    put: { kind: "token", id, ...app, body, ifVersion: version },
  } as const;
}

/** Those that a user made themselves and that have not ended: whoever was in as them can have made one. */
export async function ownTokens(
  { id, name }: User,
  context: PeopleContext,
): Promise<readonly Stored<Token>[]> {
  const now = context.clock.now();
  return (await all("token", context)).filter(
    ({ body }) => body.owner === id && body.createdBy === name && !hasEnded(body, now),
  );
}

/** What ends them, to be written with why; refused by the store when one was written in between. */
export function endingTokens(
  tokens: readonly Stored<Token>[],
  by: Actor,
  context: PeopleContext,
): Written {
  const ends = tokens.map((token) => ending(token, by, context));
  return { entries: ends.map(({ entry }) => entry), documents: ends.map(({ put }) => put) };
}

/** A token that is for less than its owner ends itself, and no other. */
function isOwn({ id, owner }: Token, { user, token, reach }: Actor): boolean {
  const isWide = reach === undefined || reach.kind === "all";
  return owner === user && (isWide || id === token);
}

/** Who holds this text; nobody when the token has ended, or when its owner has been disabled since. */
export async function admitToken(
  text: string,
  { address }: Origin,
  context: PeopleContext,
): Promise<Actor | undefined> {
  if (tokenForm(text) !== "whole") return undefined;
  const hash = sha256Hex(text);
  const stored = await context.store.get("token", tokenIdOf(hash));
  if (stored === undefined || !isSame(stored.body.hash, hash)) return undefined;
  const { body: token } = stored;
  if (hasEnded(token, context.clock.now())) return undefined;
  const actor = await ownActor(token, context);
  if (actor === undefined) return undefined;
  await touch(stored, address, context);
  return { ...actor, token: token.id, reach: token.reach };
}

async function ownActor(token: Token, context: PeopleContext): Promise<Actor | undefined> {
  if (token.owner === undefined) return machineActor;
  const owner = await context.store.get("user", token.owner);
  return isWithOwner(token, owner?.body) ? actorOf(owner.body, context) : undefined;
}

function isSame(a: string, b: string): boolean {
  return timingSafeEqual(Buffer.from(a), Buffer.from(b));
}

/** Of a token that was revoked in the same moment, nothing is overwritten; without it, they are let in too. */
async function touch(
  { id, body, version }: Stored<Token>,
  address: string,
  { store, clock, log }: PeopleContext,
): Promise<void> {
  const now = clock.now();
  if (now - (body.lastUsedAt ?? 0) < touchEveryMs) return;
  const used = { ...body, lastUsedAt: now, lastAddress: address };
  const app = body.reach.kind === "push" ? { app: body.reach.app } : {};
  await store
    .commit({ documents: [{ kind: "token", id, ...app, body: used, ifVersion: version }] })
    .catch((error: unknown) => log.warn("people.token_use_not_written", { token: id, error }));
}
