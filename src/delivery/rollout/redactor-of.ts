/** What must not be shown of a rollout's releases: the values they were configured with. */
import type { Rollout } from "#domain";
import type { RolloutPorts } from "./ports.ts";
import { redactor } from "./redactor.ts";

/** Takes out what the app was configured with: an error's message is where secrets end up. */
export async function redactorOf(
  { app, candidate, baseline }: Rollout,
  { store }: Pick<RolloutPorts, "store">,
): Promise<(text: string) => string> {
  const ids = baseline === undefined ? [candidate] : [candidate, baseline];
  const releases = await Promise.all(ids.map(async (id) => await store.get("release", id)));
  const versions = new Set(releases.flatMap((release) => release?.body.configVersion ?? []));
  const configs = await Promise.all(
    [...versions].map(async (version) => await store.get("config", `${app}:${version}`)),
  );
  return redactor(configs.flatMap((config) => Object.entries(config?.body.values ?? {})));
}
