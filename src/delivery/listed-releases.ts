/** An app's releases, the newest first, with what people call them and whether one can go back to them. */
import { some } from "#std";
import { type AppName, type Change, type Release, type ReleaseId, takenBackOf } from "#domain";
import type { ListedRelease } from "./delivery.ts";
import type { DeliveryPorts } from "./ports.ts";
import { isKept } from "./roll-back.ts";

export async function listedReleases(
  which: { readonly app: AppName; readonly limit: number },
  ports: DeliveryPorts,
): Promise<readonly ListedRelease[]> {
  const releases = (await ports.store.list("release", which)).map(({ body }) => body);
  const [changes, numbers] = await Promise.all([
    changesOf(releases, ports),
    numbersOf(releases, ports),
  ]);
  return await Promise.all(
    releases.map(async (each) => {
      const change = changes.get(each.change);
      return {
        ...each,
        isKept: await isKept(each, ports),
        ...some("takenBack", each.takenBack ?? (change && takenBackOf(change))),
        ...some("commit", change?.commit),
        ...some("subject", change?.subject),
        ...some("restoresNumber", each.restores && numbers.get(each.restores)),
      };
    }),
  );
}

type Ports = Pick<DeliveryPorts, "store">;

async function changesOf(
  releases: readonly Release[],
  { store }: Ports,
): Promise<ReadonlyMap<Change["id"], Change>> {
  const stored = await store.getMany(
    "change",
    releases.map(({ change }) => change),
  );
  return new Map([...stored.values()].map(({ body }) => [body.id, body]));
}

/** The numbers of the releases, and of those that they restore and that are older than the list. */
async function numbersOf(
  releases: readonly Release[],
  { store }: Ports,
): Promise<ReadonlyMap<ReleaseId, number>> {
  const known = new Map(releases.map(({ id, number }) => [id, number]));
  const asked = releases.flatMap(({ restores }) => restores ?? []).filter((id) => !known.has(id));
  const restored = await store.getMany("release", asked);
  for (const { body } of restored.values()) known.set(body.id, body.number);
  return known;
}
