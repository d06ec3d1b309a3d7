/** How the apps stand that a change is to go together with, and those that they name in their turn. */
import {
  type App,
  type Change,
  finalChangeStates,
  type Release,
  type RolloutPolicy,
  type Stored,
} from "#domain";
import { jointAppsMax } from "./limits.ts";
import type { DeliveryPorts } from "./ports.ts";

/** Its release runs, nobody is on it, and it waits to go together with others. */
export interface Ready {
  readonly app: Stored<App>;
  readonly change: Stored<Change>;
  readonly release: Stored<Release>;
  readonly baseline: Release;
  readonly policy: RolloutPolicy;
}

export type Neighbour =
  /** It has nothing new, so that it stays as it is and holds nobody up. */
  | { readonly app: string; readonly standing: "idle" }
  /** It does not go together with who named it, and never will as it is. */
  | { readonly app: string; readonly standing: "apart"; readonly because: string }
  /** A change of it is on its way. */
  | { readonly app: string; readonly standing: "coming"; readonly because: string }
  | { readonly app: string; readonly standing: "ready"; readonly ready: Ready };

/** Every app is looked at once, however they name each other. */
export async function neighboursOf(
  app: string,
  { together }: RolloutPolicy,
  ports: Pick<DeliveryPorts, "store">,
): Promise<readonly Neighbour[]> {
  const found = new Map<string, Neighbour>();
  const asked = (together?.apps ?? []).map((named) => ({ named, by: app }));
  let readyCount = 0;
  for (let next = asked.shift(); next !== undefined; next = asked.shift()) {
    // As many beside this one are too many to go together: no need to know of more.
    if (readyCount >= jointAppsMax) break;
    const { named, by } = next;
    const before = found.get(named);
    // One who does not name this app may name another that asks.
    if (named === app || (before !== undefined && before.standing !== "apart")) continue;
    const neighbour = await neighbourOf(named, by, ports);
    found.set(named, neighbour);
    if (neighbour.standing !== "ready") continue;
    readyCount += 1;
    const theirs = neighbour.ready.policy.together?.apps ?? [];
    asked.push(...theirs.map((other) => ({ named: other, by: named })));
  }
  return [...found.values()];
}

async function neighbourOf(
  name: string,
  by: string,
  ports: Pick<DeliveryPorts, "store">,
): Promise<Neighbour> {
  const { store } = ports;
  const app = await store.get("app", name);
  const apart = (because: string): Neighbour => ({ app: name, standing: "apart", because });
  if (app === undefined || app.body.deletedAt !== undefined) return apart("there is no such app");
  const baseline =
    app.body.liveRelease === undefined
      ? undefined
      : await store.get("release", app.body.liveRelease);
  // There is nothing to compare it with, so that it goes by itself.
  if (baseline === undefined) return apart("it has no release yet");
  const [change] = await store.list("change", { app: app.body.name, limit: 1 });
  if (change === undefined || finalChangeStates.has(change.body.state)) {
    return { app: name, standing: "idle" };
  }
  return await onItsWay({ app, change, baseline: baseline.body }, by, ports);
}

/** It waits as well, is still to come, or has turned out not to name who named it. */
async function onItsWay(
  at: Pick<Ready, "app" | "change" | "baseline">,
  by: string,
  ports: Pick<DeliveryPorts, "store">,
): Promise<Neighbour> {
  const { name: app } = at.app.body;
  const coming: Neighbour = { app, standing: "coming", because: comingBecause(at.change.body) };
  const policy = await policyOf(at.change.body, ports);
  if (policy === undefined) return coming;
  if (policy.together?.apps.includes(by) !== true) {
    return { app, standing: "apart", because: `it does not name ${by} under together` };
  }
  const release = await waiting(at.app, at.change.body, ports);
  return release === undefined
    ? coming
    : { app, standing: "ready", ready: { ...at, release, policy } };
}

/** As its artifact says; `undefined` until that is built. */
async function policyOf(
  { artifact: digest }: Change,
  { store }: Pick<DeliveryPorts, "store">,
): Promise<RolloutPolicy | undefined> {
  return digest === undefined
    ? undefined
    : (await store.get("artifact", digest))?.body.plan.rollout;
}

/** The release of a change that waits for others; none while something else is to be done for it first. */
async function waiting(
  { body: app }: Stored<App>,
  { gathering, rollout, release: id }: Change,
  { store }: Pick<DeliveryPorts, "store">,
): Promise<Stored<Release> | undefined> {
  if (gathering === undefined || rollout !== undefined || id === undefined) return undefined;
  const release = await store.get("release", id);
  const isFree = app.activeRollout === undefined && release?.body.state === "starting";
  return isFree && release.body.configVersion === app.configVersion ? release : undefined;
}

function comingBecause({ commit, rollout }: Change): string {
  const change = `its change ${commit.slice(0, 7)}`;
  return rollout === undefined ? `${change} is on its way` : `${change} is in a rollout of its own`;
}
