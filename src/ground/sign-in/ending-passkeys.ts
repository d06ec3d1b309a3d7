/** Taking passkeys away, as the journal says it. */
import { signed, type Actor, type Batch, type Passkey, type UserId } from "#domain";
import type { SignInContext } from "./context.ts";
import { passkeysPerUserMax } from "./limits.ts";

/**
 * What ends all of a user's but `except`, to be committed with the new way in that they get. Nothing is written here.
 */
export async function endingPasskeys(
  { user, by, except }: { readonly user: UserId; readonly by: Actor; readonly except?: string },
  { store }: SignInContext,
): Promise<Required<Pick<Batch, "entries" | "removals">>> {
  const all = await store.list("passkey", { owner: user, limit: 2 * passkeysPerUserMax });
  const own = all.filter(({ body }) => body.id !== except);
  return {
    entries: own.map(({ body }) => removedPasskeyEntry(body, by)),
    removals: own.map(({ id, version }) => ({ kind: "passkey", id, ifVersion: version })),
  };
}

export function removedPasskeyEntry({ id, label }: Passkey, by: Actor) {
  return {
    type: "dev.tidegate.passkey.removed",
    ...signed(by),
    data: { passkey: id, label },
  } as const;
}
