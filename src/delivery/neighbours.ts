/** How the apps stand that a change is to go together with, and those that they name in their turn. */
import {
  type App,
  type Change,
  finalChangeStates,
  type Release,
  type RolloutPolicy,
  type Stored,
} from "#domain";
import { isNamedBy } from "#delivery/rollout";
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

type Ports = Pick<DeliveryPorts, "store"> & {
  readonly people: Pick<DeliveryPorts["people"], "sees">;
};

/** Who names an app: their own app, and who pushed the change that does. */
interface Naming {
  readonly named: string;
  readonly by: string;
  readonly who: string;
}

/**
 * Every app is looked at once, however they name each other. What is found out about an app that whoever pushed
 * may not see, and that has not named them in its turn, is the same as of one that does not exist.
 */
export async function neighboursOf(
  { app, pushedBy }: { readonly app: string; readonly pushedBy: string },
  { together }: RolloutPolicy,
  ports: Ports,
): Promise<readonly Neighbour[]> {
  const found = new Map<string, Neighbour>();
  const asked = [...namings(together?.apps, { by: app, who: pushedBy })];
  let readyCount = 0;
  for (let next = asked.shift(); next !== undefined; next = asked.shift()) {
    // As many beside this one are too many to go together: no need to know of more.
    if (readyCount >= jointAppsMax) break;
    const { named } = next;
    const before = found.get(named);
    // One who does not name this app may name another that asks.
    if (named === app || (before !== undefined && before.standing !== "apart")) continue;
    const neighbour = await neighbourOf(next, ports);
    found.set(named, neighbour);
    if (neighbour.standing !== "ready") continue;
    readyCount += 1;
    const { policy, change } = neighbour.ready;
    asked.push(...namings(policy.together?.apps, { by: named, who: change.body.pushedBy }));
  }
  return [...found.values()];
}

function namings(
  apps: readonly string[] | undefined,
  whose: Omit<Naming, "named">,
): readonly Naming[] {
  return (apps ?? []).map((named) => ({ named, ...whose }));
}

async function neighbourOf({ named: name, by, who }: Naming, ports: Ports): Promise<Neighbour> {
  const { store, people } = ports;
  const app = await store.get("app", name);
  const apart = (because: string): Neighbour => ({ app: name, standing: "apart", because });
  const isThere = app !== undefined && app.body.deletedAt === undefined;
  if (!isThere) return apart(noSuchApp(by));
  if (!(await people.sees(who, app.body.name)) && !(await names(app, by, ports))) {
    return apart(noSuchApp(by));
  }
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

const noSuchApp = (by: string): string => `there is no such app that names ${by} under together`;

/** Whether it says that it goes together with the other: what is live of it, or what is on its way. */
async function names({ body }: Stored<App>, other: string, ports: Ports): Promise<boolean> {
  const { store } = ports;
  const [change] = await store.list("change", { app: body.name, limit: 1 });
  const live =
    body.liveRelease === undefined ? undefined : await store.get("release", body.liveRelease);
  for (const digest of [live?.body.artifact, change?.body.artifact]) {
    const artifact = digest === undefined ? undefined : await store.get("artifact", digest);
    if (artifact !== undefined && isNamedBy(artifact.body.plan.rollout, other)) return true;
  }
  return false;
}

/** It waits as well, is still to come, or has turned out not to name who named it. */
async function onItsWay(
  at: Pick<Ready, "app" | "change" | "baseline">,
  by: string,
  ports: Pick<Ports, "store">,
): Promise<Neighbour> {
  const { name: app } = at.app.body;
  const coming: Neighbour = { app, standing: "coming", because: comingBecause(at.change.body) };
  const policy = await policyOf(at.change.body, ports);
  if (policy === undefined) return coming;
  if (!isNamedBy(policy, by)) {
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
  { store }: Pick<Ports, "store">,
): Promise<RolloutPolicy | undefined> {
  return digest === undefined
    ? undefined
    : (await store.get("artifact", digest))?.body.plan.rollout;
}

/** The release of a change that waits for others; none while something else is to be done for it first. */
async function waiting(
  { body: app }: Stored<App>,
  { gathering, rollout, release: id }: Change,
  { store }: Pick<Ports, "store">,
): Promise<Stored<Release> | undefined> {
  if (gathering === undefined || rollout !== undefined || id === undefined) return undefined;
  const release = await store.get("release", id);
  const isFree = app.activeRollout === undefined && release?.body.state === "starting";
  return isFree && release.body.configVersion === app.configVersion ? release : undefined;
}

function comingBecause({ rollout }: Change): string {
  return rollout === undefined
    ? "a change of it is on its way"
    : "a change of it is in a rollout of its own";
}
