/** Keys of SSH: public halves by which git knows somebody, worth what their owner is worth when they are used. */
import { err, ok, some, type Result } from "#std";
import {
  fingerprintOf,
  isAllowed,
  machineActor,
  parseSshPublicKey,
  signed,
  sshKeyIdOf,
  type Actor,
  type AlreadyExists,
  type Batch,
  type CredentialEnded,
  type InvalidInput,
  type LimitReached,
  type NewSshKey,
  type NotFound,
  type Origin,
  type SshKey,
  type SshKeyId,
  type Stored,
  type User,
  type WrongState,
} from "#domain";
import { actorOf } from "./actors.ts";
import { all, type PeopleContext } from "./context.ts";
import {
  conflictsMax,
  labelCharactersMax,
  sshKeysMax,
  sshKeysPerOwnerMax,
  touchEveryMs,
} from "./limits.ts";
import { stillIn } from "./still-in.ts";
import { endOf } from "./tokens.ts";
import { limit } from "./users.ts";

/** Those of an owner by name, the machine's own under "admin"; default: all. Newest first. */
export async function listSshKeys(
  owner: string | undefined,
  context: PeopleContext,
): Promise<readonly SshKey[]> {
  const keys = (await all("sshKey", context)).map(({ body }) => body).toReversed();
  return owner === undefined ? keys : keys.filter(({ ownerName }) => ownerName === owner);
}

type AddRefusal = InvalidInput | WrongState | AlreadyExists | LimitReached | CredentialEnded;

/**
 * Adds a key of the actor's own. One that was void, because they had been disabled since, is theirs anew; one
 * that anybody else has is refused, for a key says who somebody is.
 */
export async function addSshKey(
  input: NewSshKey,
  actor: Actor,
  context: PeopleContext,
): Promise<Result<SshKey, AddRefusal>> {
  const refused = refusedMaker(actor);
  if (refused !== undefined) return err(refused);
  const held = await stillIn(actor, context);
  if (!held.ok) return held;
  const parsed = parseSshPublicKey(input.publicKey);
  if (!parsed.ok) return parsed;
  const { algorithm, blob, comment } = parsed.value;
  const label = labelOf(input.label ?? comment);
  if (label === undefined) {
    const expected = `what it is called, in at most ${labelCharactersMax} characters`;
    return err({ code: "invalid_input", field: "label", expected });
  }
  const fingerprint = fingerprintOf(blob);
  const id = sshKeyIdOf(blob);
  const known = await context.store.get("sshKey", id);
  if (known !== undefined && !(await isVoidOf(known.body, actor, context))) {
    return err({ code: "already_exists", what: "SSH key", name: fingerprint });
  }
  const full = await refusedByNumber(actor, context);
  if (full !== undefined) return err(full);
  const key: SshKey = {
    id,
    label,
    ...some("owner", actor.user),
    ownerName: actor.name,
    algorithm,
    publicKey: Buffer.from(blob).toString("base64"),
    fingerprint,
    addedAt: context.clock.now(),
    ...some("expiresAt", await endOf(actor, context)),
  };
  const data = { key: id, label, owner: actor.name, fingerprint };
  const written = await context.store.commit({
    entries: [{ type: "dev.tidegate.sshkey.added", ...signed(actor), data }],
    documents: [{ kind: "sshKey", id, body: key, ifVersion: known?.version ?? 0 }, ...held.value],
  });
  // Somebody else has the key by now, or what the request came by was used or ended: decided again.
  return written.ok ? ok(key) : await addSshKey(input, actor, context);
}

/** A token that is for less than its owner may must not leave a key behind that is for all of it. */
function refusedMaker({ reach }: Actor): WrongState | undefined {
  if (reach === undefined || reach.kind === "all") return undefined;
  const next = "Sign in, or use a token that reaches all that you may.";
  return { code: "wrong_state", what: "token in use", state: "too narrow to add a key", next };
}

async function isVoidOf(key: SshKey, { user }: Actor, context: PeopleContext): Promise<boolean> {
  return key.owner === user && (await holderOf(key, context)) === undefined;
}

/** A comment is whatever the file says: it is cut and freed of what no line can show. */
function labelOf(text: string): string | undefined {
  const label = text.replaceAll(/\p{Cc}+/gu, " ").trim();
  if (label === "") return "key";
  return label.length > labelCharactersMax ? undefined : label;
}

async function refusedByNumber(
  { name }: Actor,
  context: PeopleContext,
): Promise<LimitReached | undefined> {
  const keys = await listSshKeys(undefined, context);
  const own = keys.filter(({ ownerName }) => ownerName === name);
  if (own.length >= sshKeysPerOwnerMax) return limit("SSH keys of one owner", sshKeysPerOwnerMax);
  return keys.length >= sshKeysMax ? limit("SSH keys", sshKeysMax) : undefined;
}

/** Takes a key away at once: one's own, or anybody's as somebody who looks after people. */
export async function removeSshKey(
  id: SshKeyId,
  actor: Actor,
  context: PeopleContext,
): Promise<Result<SshKey, NotFound | WrongState>> {
  const refused = refusedMaker(actor);
  if (refused !== undefined) return err(refused);
  for (let attempt = 0; attempt < conflictsMax; attempt += 1) {
    const stored = await context.store.get("sshKey", id);
    const isTheirs = stored?.body.owner === actor.user;
    // Of other people's keys nobody is told that they exist.
    if (stored === undefined || !(isTheirs || isKeeper(actor))) {
      return err({ code: "not_found", what: "SSH key", name: id });
    }
    const written = await context.store.commit({
      entries: [removedEntry(stored.body, actor)],
      removals: [{ kind: "sshKey", id, ifVersion: stored.version }],
    });
    if (written.ok) return ok(stored.body);
  }
  throw new Error(`the SSH key ${id} changed faster than it could be removed`);
}

/** What takes all of a user's keys away: whoever was in as them can have added one. */
export async function endingSshKeys(
  { id }: User,
  by: Actor,
  context: PeopleContext,
): Promise<Required<Pick<Batch, "entries" | "removals">>> {
  const keys = (await all("sshKey", context)).filter(({ body }) => body.owner === id);
  return {
    entries: keys.map(({ body }) => removedEntry(body, by)),
    removals: keys.map(({ id: key, version }) => ({ kind: "sshKey", id: key, ifVersion: version })),
  };
}

function removedEntry({ id, label, ownerName, fingerprint }: SshKey, by: Actor) {
  const data = { key: id, label, owner: ownerName, fingerprint };
  return { type: "dev.tidegate.sshkey.removed", ...signed(by), data } as const;
}

function isKeeper(actor: Actor): boolean {
  return isAllowed(actor, "people.write", { kind: "platform" });
}

/** Whose this key is; see `People.admitSshKey`. */
export async function admitSshKey(
  publicKey: Uint8Array,
  { origin, isProven }: { readonly origin: Origin; readonly isProven: boolean },
  context: PeopleContext,
): Promise<Actor | undefined> {
  const stored = await context.store.get("sshKey", sshKeyIdOf(publicKey));
  // By the whole key: its name here is only the beginning of a hash.
  const isSame = stored?.body.publicKey === Buffer.from(publicKey).toString("base64");
  if (stored === undefined || !isSame) return undefined;
  const holder = await holderOf(stored.body, context);
  if (holder === undefined) return undefined;
  if (isProven) await touch(stored, origin, context);
  return { ...holder, sshKey: stored.body.id, origin };
}

/** Who is known by a key at this moment: nobody once its owner was disabled, also when they were let in again. */
async function holderOf(
  { owner, addedAt, expiresAt = Infinity }: SshKey,
  context: PeopleContext,
): Promise<Actor | undefined> {
  if (context.clock.now() >= expiresAt) return undefined;
  if (owner === undefined) return machineActor;
  const user = (await context.store.get("user", owner))?.body;
  if (user === undefined || user.state === "disabled") return undefined;
  return addedAt < user.credentialsFromAt ? undefined : await actorOf(user, context);
}

/** Of a key that was removed in the same moment, nothing is written; without it, they are let in too. */
async function touch(
  { id, body, version }: Stored<SshKey>,
  { address }: Origin,
  { store, clock, log }: PeopleContext,
): Promise<void> {
  const now = clock.now();
  if (now - (body.lastUsedAt ?? 0) < touchEveryMs) return;
  const used = { ...body, lastUsedAt: now, lastAddress: address };
  await store
    .commit({ documents: [{ kind: "sshKey", id, body: used, ifVersion: version }] })
    .catch((error: unknown) => log.warn("people.key_use_not_written", { key: id, error }));
}
