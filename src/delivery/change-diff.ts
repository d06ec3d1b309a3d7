/**
 * What users get with a change that they did not have: it is compared with what was live beside it, and not with the
 * push before it, which may have reached nobody.
 */
import { ok, some, type Result } from "#std";
import {
  type Change,
  type ComparedWith,
  type Diff,
  finalChangeStates,
  type NotFound,
  type Release,
} from "#domain";
import type { DeliveryPorts } from "./ports.ts";

export interface ChangeDiff extends Diff {
  readonly comparedWith: ComparedWith;
}

type Ports = Pick<DeliveryPorts, "store" | "repositories">;

export async function changeDiff(
  change: Change,
  ports: Ports,
): Promise<Result<ChangeDiff, NotFound>> {
  const { app, commit, previousCommit } = change;
  const live = await whatUsersHad(change, ports);
  const compared = live && (await ports.repositories.diff(app, live.commit, commit));
  if (live !== undefined && compared?.ok === true) {
    return ok({ ...compared.value, comparedWith: live });
  }
  // Nothing was beside it that is still known: what its author pushed.
  const pushed = await ports.repositories.diff(app, previousCommit, commit);
  return pushed.ok ? ok({ ...pushed.value, comparedWith: some("commit", previousCommit) }) : pushed;
}

/**
 * The release that its rollout is compared with; before there is one, what is live. Nothing of a change that ended
 * without a rollout: what was live then may have gone since.
 */
async function whatUsersHad(
  { app, rollout: id, state }: Change,
  { store }: Ports,
): Promise<ComparedWith | undefined> {
  if (id === undefined && finalChangeStates.has(state)) return undefined;
  const release =
    id === undefined
      ? (await store.get("app", app))?.body.liveRelease
      : (await store.get("rollout", id))?.body.baseline;
  // What a first release brings is all there is.
  if (release === undefined) return {};
  const stored = await store.get("release", release);
  return stored === undefined ? undefined : await comparable(stored.body, { store });
}

async function comparable(
  { number, change: id }: Release,
  { store }: Pick<Ports, "store">,
): Promise<ComparedWith | undefined> {
  const commit = (await store.get("change", id))?.body.commit;
  return commit === undefined ? undefined : { commit, release: number };
}
