/** Looking after one's passkeys: names, and taking one away without locking oneself out. */
import { err, ok, type Result } from "#std";
import {
  signed,
  type Admitted,
  type NotFound,
  type Passkey,
  type SignInAgain,
  type Stored,
  type UserId,
  type WrongState,
} from "#domain";
import type { SignInContext } from "./context.ts";
import { removedPasskeyEntry } from "./ending-passkeys.ts";
import { requireFresh } from "./fresh.ts";
import { passkeysPerUserMax } from "./limits.ts";
import { labelOf, passkeysOf } from "./passkeys.ts";
import { machineHasNone } from "./passwords.ts";
import { endingOf, otherSessions } from "./sessions.ts";

interface Found {
  readonly stored: Stored<Passkey>;
  readonly others: readonly Stored<Passkey>[];
}

async function find(
  id: string,
  { user }: Admitted,
  { store }: SignInContext,
): Promise<Result<Found, NotFound | WrongState>> {
  if (user === undefined) return err(machineHasNone("passkey"));
  const own = await store.list("passkey", { owner: user.id, limit: 2 * passkeysPerUserMax });
  const stored = own.find(({ body }) => body.id === id);
  if (stored === undefined) return err({ code: "not_found", what: "passkey", name: id });
  return ok({ stored, others: own.filter(({ body }) => body.id !== id) });
}

export async function renamePasskey(
  { id, label }: { readonly id: string; readonly label: string },
  of: Admitted,
  context: SignInContext,
): Promise<Result<Passkey, NotFound | WrongState>> {
  const found = await find(id, of, context);
  if (!found.ok) return found;
  const { body: before, version, id: key } = found.value.stored;
  const body: Passkey = { ...before, label: labelOf(label) };
  const data = { passkey: id, from: before.label, to: body.label };
  const written = await context.store.commit({
    entries: [{ type: "dev.tidegate.passkey.renamed", ...signed(of.actor), data }],
    documents: [{ kind: "passkey", id: key, body, ifVersion: version }],
  });
  // It was used in between.
  return written.ok ? ok(body) : await renamePasskey({ id, label }, of, context);
}

/**
 * Takes one away, and ends the sessions that came in by it: it may be on a device that is lost. The last one only
 * from who has a password or a provider to come in by.
 */
export async function removePasskey(
  id: string,
  of: Admitted,
  context: SignInContext,
): Promise<Result<readonly Passkey[], NotFound | WrongState | SignInAgain>> {
  const found = await find(id, of, context);
  if (!found.ok) return found;
  const fresh = requireFresh(of.session, "remove a passkey", context);
  if (!fresh.ok) return fresh;
  const { stored, others } = found.value;
  const { user } = stored.body;
  const [witness] = others;
  if (witness === undefined && !(await hasAnotherWay(user, context))) return err(onlyWayIn);
  const sessions = await otherSessions(of.user, of.session, context);
  const cameIn = sessions.filter(({ body }) => body.passkey === id);
  const ending = endingOf(cameIn, "the passkey was removed", of.actor);
  const written = await context.store.commit({
    entries: [removedPasskeyEntry(stored.body, of.actor), ...ending.entries],
    removals: [{ kind: "passkey", id: stored.id, ifVersion: stored.version }, ...ending.removals],
    // One that stays is written as it is: of two removals at once, the second finds it changed or gone.
    documents:
      witness === undefined
        ? []
        : [{ kind: "passkey", id: witness.id, body: witness.body, ifVersion: witness.version }],
  });
  if (!written.ok) return await removePasskey(id, of, context);
  return ok(await passkeysOf(user, context));
}

async function hasAnotherWay(user: UserId, { store }: SignInContext): Promise<boolean> {
  if ((await store.get("password", user)) !== undefined) return true;
  return (await store.list("identity", { owner: user, limit: 1 })).length > 0;
}

const onlyWayIn: WrongState = {
  code: "wrong_state",
  what: "passkey",
  state: "the only way in to this account",
  next: "Set a password or add another passkey first.",
};
