/** Nouns with what belongs to them, as faces show them. */
import { some } from "#std";
import { restartsOf, usualSlo, type App, type AppName, type Change } from "#domain";
import { errorBudget } from "#delivery/feedback";
import { domainViews } from "./app-domains.ts";
import type { AppView, ChangeView } from "./delivery.ts";
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
    requestsPerSecond: traffic.requestsPerSecond,
    errorRatio: traffic.errorRatio,
    ...some("budget", served && errorBudget(slo, served, clock.now() - app.createdAt)),
  };
}

function gitUrlOf(app: AppName, apiUrl: string): string {
  return `${apiUrl}/git/${app}.git`;
}

export async function viewOfChange(change: Change, { store }: DeliveryPorts): Promise<ChangeView> {
  const [rollout, release, artifact, evidence] = await Promise.all([
    change.rollout === undefined ? undefined : store.get("rollout", change.rollout),
    change.release === undefined ? undefined : store.get("release", change.release),
    change.artifact === undefined ? undefined : store.get("artifact", change.artifact),
    change.artifact === undefined ? undefined : evidenceOf(change.artifact, { store }),
  ]);
  return {
    change,
    ...(rollout === undefined ? {} : { rollout: rollout.body }),
    ...(release === undefined ? {} : { release: release.body }),
    ...(artifact === undefined ? {} : { artifact: artifact.body }),
    ...(evidence === undefined || evidence.length === 0 ? {} : { evidence }),
  };
}
