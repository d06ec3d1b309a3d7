/** Nouns with what belongs to them, as faces show them. */
import { some } from "#std";
import {
  restartsOf,
  standingOf,
  usualSlo,
  type App,
  type AppName,
  type Change,
  type Release,
  type Rollout,
} from "#domain";
import { errorBudget } from "#delivery/feedback";
import { domainViews } from "./app-domains.ts";
import type { AppView, ChangeView, CodeOf } from "./delivery.ts";
import { evidenceOf } from "./evidence-of.ts";
import type { DeliveryPorts } from "./ports.ts";

export async function viewOfApp(app: App, ports: DeliveryPorts): Promise<AppView> {
  const { store, clock, dataPlane, apiUrl, sshUrl } = ports;
  const [live, rollout, traffic] = await Promise.all([
    app.liveRelease === undefined ? undefined : store.get("release", app.liveRelease),
    app.activeRollout === undefined ? undefined : store.get("rollout", app.activeRollout),
    store.recentTraffic(app.name),
  ]);
  const slo = live?.body.slo ?? usualSlo;
  const served = live === undefined ? undefined : await store.served(app.name, slo.windowDays);
  return {
    app,
    url: dataPlane.urlOf(`${app.name}.localhost`),
    gitUrl: gitUrlOf(app.name, apiUrl),
    ...(sshUrl === undefined ? {} : { sshUrl: `${sshUrl}/${app.name}.git` }),
    domains: domainViews(app, ports),
    ...(live === undefined ? {} : { live: live.body }),
    ...some("restarts", restartsOf(live?.body.crash, clock.now())),
    ...(rollout === undefined ? {} : { rollout: rollout.body }),
    requests: traffic.requests,
    requestsPerSecond: traffic.requestsPerSecond,
    errorRatio: traffic.errorRatio,
    ...some("budget", served && errorBudget(slo, served, clock.now() - app.createdAt)),
  };
}

function gitUrlOf(app: AppName, apiUrl: string): string {
  return `${apiUrl}/git/${app}.git`;
}

export async function viewOfChange(change: Change, { store }: DeliveryPorts): Promise<ChangeView> {
  const [live, rollout, release, artifact, evidence] = await Promise.all([
    liveOf(change.app, { store }),
    change.rollout === undefined ? undefined : store.get("rollout", change.rollout),
    change.release === undefined ? undefined : store.get("release", change.release),
    change.artifact === undefined ? undefined : store.get("artifact", change.artifact),
    change.artifact === undefined ? undefined : evidenceOf(change.artifact, { store }),
  ]);
  return {
    change,
    ...(await standingIn(change, { rollout: rollout?.body, live }, { store })),
    ...some("rollout", rollout?.body),
    ...some("release", release?.body),
    ...some("artifact", artifact?.body),
    ...(evidence === undefined || evidence.length === 0 ? {} : { evidence }),
  };
}

async function standingIn(
  change: Change,
  { rollout, live }: { readonly rollout: Rollout | undefined; readonly live: Release | undefined },
  ports: Pick<DeliveryPorts, "store">,
): Promise<Pick<ChangeView, "standing" | "liveNow">> {
  const around = { ...some("rollout", rollout?.state), ...some("live", live?.change) };
  const standing = standingOf(change, around);
  if (standing !== "replaced" || live === undefined) return { standing };
  return { standing, liveNow: await codeOf(live, ports) };
}

async function liveOf(
  name: AppName,
  { store }: Pick<DeliveryPorts, "store">,
): Promise<Release | undefined> {
  const live = (await store.get("app", name))?.body.liveRelease;
  return live === undefined ? undefined : (await store.get("release", live))?.body;
}

/** What people call a release: its number, and the commit and subject of its change. */
export async function codeOf(
  { number, change: id }: Release,
  { store }: Pick<DeliveryPorts, "store">,
): Promise<CodeOf> {
  const change = (await store.get("change", id))?.body;
  return {
    number,
    ...some("commit", change?.commit),
    ...some("subject", change?.subject),
  };
}
