/** What `doctor` says about apps that are to go together, by what is live of them: who does not, and why. */
import type { Finding, RolloutPolicy } from "#domain";
import { listAll } from "#delivery/rollout";
import type { DeliveryPorts } from "./ports.ts";

type Live = Pick<RolloutPolicy, "together" | "userKey">;

export async function togetherFindings({ store }: DeliveryPorts): Promise<readonly Finding[]> {
  const apps = await listAll(store, "app");
  const live = new Map<string, Live>();
  for (const { body } of apps) {
    if (body.deletedAt !== undefined || body.liveRelease === undefined) continue;
    const release = await store.get("release", body.liveRelease);
    const artifact = release && (await store.get("artifact", release.body.artifact));
    if (artifact !== undefined) live.set(body.name, artifact.body.plan.rollout);
  }
  return judgeTogether(live);
}

/** One finding for each app that cannot go together as it says. Pure. */
export function judgeTogether(live: ReadonlyMap<string, Live>): readonly Finding[] {
  return [...live].flatMap(([app, { together, userKey }]): readonly Finding[] => {
    if (together === undefined) return [];
    const others = together.apps.filter((other) => other !== app);
    const silent = others.filter((other) => live.get(other)?.together?.apps.includes(app) !== true);
    const name = `together: ${app}`;
    if (silent.length > 0) {
      const found = `its changes do not go together with those of ${silent.join(", ")}`;
      return [
        { name, state: "fair", found, next: `name ${app} under rollout.together there, too` },
      ];
    }
    if (userKey.from !== "edge_cookie" || others.length === 0) return [];
    const found = `users differ from those of ${others.join(", ")}: each host has its own edge's cookie`;
    const next = "name a rollout.userKey whose value all of them see, in each of them";
    return [{ name, state: "fair", found, next }];
  });
}
