/** An app's configuration as a next release gets it, and how that stands to what users have. */
import { some } from "#std";
import { type App, isConfigCarried, nextConfigVersion, type Release } from "#domain";
import type { ConfigView } from "./delivery.ts";
import type { DeliveryPorts } from "./ports.ts";

type Ports = Pick<DeliveryPorts, "store">;

export async function configView(app: App, ports: Ports): Promise<ConfigView> {
  const { name, configVersion: version, configTakenBack } = app;
  const [stored, { live, newest }] = await Promise.all([
    ports.store.get("config", `${name}:${version}`),
    releasesOf(app, ports),
  ]);
  const isLive = live === undefined || live.configVersion === version;
  // Whatever begins a rollout has the newest configuration.
  const isUnderWay = app.activeRollout !== undefined || isConfigCarried(version, { live, newest });
  return {
    version,
    newest: nextConfigVersion(app) - 1,
    values: stored?.body.values ?? {},
    ...some("live", live?.configVersion),
    isRolledOut: !isLive && isUnderWay,
    ...some("takenBack", configTakenBack),
  };
}

interface Releases {
  readonly live: Release | undefined;
  /** The one that was made last. */
  readonly newest: Release | undefined;
}

export async function releasesOf(app: App, { store }: Ports): Promise<Releases> {
  const [live, [newest]] = await Promise.all([
    app.liveRelease === undefined ? undefined : store.get("release", app.liveRelease),
    store.list("release", { app: app.name, limit: 1 }),
  ]);
  return { live: live?.body, newest: newest?.body };
}
