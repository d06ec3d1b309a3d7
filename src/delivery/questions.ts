/** The questions a face may ask: reads only. */
import { err, ok, some } from "#std";
import { restartsOf, usualSlo, type InstanceLogLine } from "#domain";
import { dora, errorBudget } from "#delivery/feedback";
import { domainsOf } from "./app-domains.ts";
import { cohorts } from "./cohorts.ts";
import { configView } from "./config-view.ts";
import type { Delivery } from "./delivery.ts";
import { doraEntries } from "./dora-entries.ts";
import { findApp, findChange, findRollout } from "./find.ts";
import { followChange } from "./follow-change.ts";
import { insight } from "./insight.ts";
import { logs } from "./logs.ts";
import { releasesSearched } from "./limits.ts";
import { listedReleases } from "./listed-releases.ts";
import type { DeliveryPorts } from "./ports.ts";
import { locate, seenApps, sightOf, visibleApps } from "./sight.ts";
import { seriesKeeper } from "./rollout-series.ts";
import { told } from "./told.ts";
import { viewOfApp, viewOfChange } from "./views.ts";

const logLinesMax = 20_000;

type Questions = Omit<
  Delivery,
  | "createApp"
  | "assignApp"
  | "deleteApp"
  | "rollback"
  | "command"
  | "changeConfig"
  | "addDomain"
  | "removeDomain"
  | "cohortLinks"
  | "status"
  | "findings"
>;

export function questions(ports: DeliveryPorts): Questions {
  return {
    urlOf: (host) => ports.dataPlane.urlOf(host),
    locate: async (subject, actor) => await locate(subject, actor, ports),
    sight: async (actor, permission) => await seenApps(actor, ports, permission),
    ...ofApps(ports),
    domains: async (app) => await domainsOf(app, ports),
    ...ofChanges(ports),
    ...ofThePlatform(ports),
    ...insight(ports),
    ...logs(ports),
    ...cohorts(ports),
  };
}

function ofApps(
  ports: DeliveryPorts,
): Pick<
  Delivery,
  "apps" | "overview" | "app" | "releases" | "rollout" | "counts" | "series" | "config" | "logs"
> {
  const { store, clock, runtime, dataPlane } = ports;
  const series = seriesKeeper(ports);
  return {
    async apps(actor) {
      const apps = await visibleApps(actor, ports);
      return await Promise.all(apps.map(async (app) => await viewOfApp(app, ports)));
    },
    async overview(query, actor) {
      const apps = await sightOf(actor, ports);
      const rows = await store.overview({ ...query, ...some("apps", apps) });
      return rows.map(({ served, ...row }) => ({
        ...row,
        ...some("restarts", restartsOf(row.live?.crash, clock.now())),
        url: dataPlane.urlOf(`${row.app.name}.localhost`),
        ...some(
          "budget",
          row.live &&
            errorBudget(row.live.slo ?? usualSlo, served, clock.now() - row.app.createdAt),
        ),
      }));
    },
    async app(name) {
      const found = await findApp(name, ports);
      return found.ok ? ok(await viewOfApp(found.value, ports)) : found;
    },
    async releases({ app, limit }) {
      const found = await findApp(app, ports);
      if (!found.ok) return found;
      return ok(await listedReleases({ app, limit }, ports));
    },
    rollout: async (idOrApp) => await findRollout(idOrApp, ports),
    async counts({ idOrApp, after, limit }) {
      const found = await findRollout(idOrApp, ports);
      if (!found.ok) return found;
      const { id } = found.value;
      const intervals = await store.intervals({ rollout: id, afterIndex: after, limit });
      return ok({ rollout: found.value, intervals });
    },
    async series({ idOrApp, points }) {
      const found = await findRollout(idOrApp, ports);
      return found.ok ? ok(await series.of(found.value, points)) : found;
    },
    async config(name) {
      const found = await findApp(name, ports);
      if (!found.ok) return found;
      return ok(await configView(found.value, ports));
    },
    async logs({ release: number, ...query }) {
      const found = await findApp(query.app, ports);
      if (!found.ok) return found;
      if (number === undefined) return ok(labelled(runtime.logs(query), ports));
      const releases = await store.list("release", { app: query.app, limit: releasesSearched });
      const release = releases.find(({ body }) => body.number === number);
      return release === undefined
        ? err({ code: "not_found", what: "release", name: `v${number}` })
        : ok(labelled(runtime.logs({ ...query, release: release.id }), ports));
    },
  };
}

/** Log lines with their release as people know it: v12. */
async function* labelled(
  lines: AsyncIterable<InstanceLogLine>,
  { store }: DeliveryPorts,
): AsyncIterable<InstanceLogLine> {
  const labels = new Map<string, string>();
  for await (const line of lines) {
    const known = labels.get(line.release);
    const stored = known === undefined ? await store.get("release", line.release) : undefined;
    const label = known ?? (stored === undefined ? line.release : `v${stored.body.number}`);
    labels.set(line.release, label);
    yield { ...line, release: label };
  }
}

function ofChanges(
  ports: DeliveryPorts,
): Pick<Delivery, "changes" | "change" | "followChange" | "changeLog"> {
  const { store, changeLogs } = ports;
  return {
    async changes(query, actor) {
      const apps = query.app === undefined ? await sightOf(actor, ports) : undefined;
      return await store.changes({ ...query, ...some("apps", apps) });
    },
    async change(idOrCommit) {
      const found = await findChange(idOrCommit, ports);
      return found.ok ? ok(await viewOfChange(found.value, ports)) : found;
    },
    followChange: (idOrCommit, after, signal) => followChange({ idOrCommit, after, signal }, ports),
    async changeLog(idOrCommit, stage) {
      const found = await findChange(idOrCommit, ports);
      return found.ok ? ok(await changeLogs.read(found.value.id, stage, logLinesMax)) : found;
    },
  };
}

type PlatformQuestions =
  | "dora"
  | "entries"
  | "followJournal"
  | "toldEntries"
  | "journalEnd"
  | "audit"
  | "verifyJournal";

function ofThePlatform(ports: DeliveryPorts): Pick<Delivery, PlatformQuestions> {
  const { store, clock } = ports;
  return {
    async dora({ app, windowMs }) {
      const asked = { windowMs, now: clock.now(), ...some("app", app) };
      return dora({ ...asked, ...(await doraEntries(asked, store)) });
    },
    entries: async (query) => await store.entries(query),
    audit: async (query) => await store.signedEntries(query),
    async *followJournal(after, signal) {
      for await (const entry of store.follow({ after, signal })) yield await told(entry, ports);
    },
    async toldEntries(query) {
      const entries = await store.entries(query);
      return await Promise.all(entries.map(async (entry) => await told(entry, ports)));
    },
    journalEnd: async () => await store.journalLength(),
    verifyJournal: async () => await store.verifyJournal(),
  };
}
