/** The questions a face may ask: reads only. */
import { err, ok, type Result } from "#std";
import {
  type App,
  type AppName,
  type Change,
  finalChangeStates,
  type InvalidInput,
  type JournalEntry,
  type NotFound,
  type Rollout,
} from "#domain";
import { dora } from "#delivery/feedback";
import { type AppView, type ChangeView, type Delivery, type StoryEntry } from "./delivery.ts";
import { type DeliveryPorts } from "./ports.ts";
import { story } from "./story.ts";

const appsMax = 10_000;
const changesSearched = 1_000;
const logLinesMax = 20_000;
const entriesPage = 1_000;

type Questions = Pick<
  Delivery,
  | "apps"
  | "app"
  | "changes"
  | "change"
  | "followChange"
  | "changeLog"
  | "releases"
  | "rollout"
  | "config"
  | "logs"
  | "dora"
  | "findings"
  | "entries"
  | "verifyJournal"
>;

export function questions(ports: DeliveryPorts): Questions {
  const { store, runtime, changeLogs, clock } = ports;
  return {
    async apps() {
      const apps = await store.list("app", { limit: appsMax });
      return await Promise.all(
        apps
          .filter(({ body }) => body.deletedAt === undefined)
          .map(async ({ body }) => await viewOfApp(body, ports)),
      );
    },
    async app(name) {
      const found = await findApp(name, ports);
      return found.ok ? ok(await viewOfApp(found.value, ports)) : found;
    },
    async changes(query) {
      return (await store.list("change", query)).map(({ body }) => body);
    },
    async change(idOrCommit) {
      const found = await findChange(idOrCommit, ports);
      return found.ok ? ok(await viewOfChange(found.value, ports)) : found;
    },
    followChange(idOrCommit, after, signal) {
      return followChange({ idOrCommit, after, signal }, ports);
    },
    async changeLog(idOrCommit, stage) {
      const found = await findChange(idOrCommit, ports);
      return found.ok ? ok(await changeLogs.read(found.value.id, stage, logLinesMax)) : found;
    },
    async releases({ app, limit }) {
      const found = await findApp(app, ports);
      if (!found.ok) return found;
      return ok((await store.list("release", { app, limit })).map(({ body }) => body));
    },
    async rollout(idOrApp) {
      return await findRollout(idOrApp, ports);
    },
    async config(name) {
      const found = await findApp(name, ports);
      if (!found.ok) return found;
      const version = found.value.configVersion;
      const stored = await store.get("config", `${name}:${version}`);
      return ok({ version, values: stored?.body.values ?? {} });
    },
    async logs(query) {
      const found = await findApp(query.app, ports);
      if (!found.ok) return found;
      const { release: number, ...rest } = query;
      const releases =
        number === undefined ? [] : await store.list("release", { app: query.app, limit: 1_000 });
      const release = releases.find(({ body }) => body.number === number);
      if (number !== undefined && release === undefined) {
        return err({ code: "not_found", what: "release", name: `v${number}` });
      }
      return ok(
        runtime.logs({ ...rest, ...(release === undefined ? {} : { release: release.id }) }),
      );
    },
    async dora({ app, windowMs }) {
      const toAt = clock.now();
      const entries: JournalEntry[] = [];
      for (let after = 0; ;) {
        const page = await store.entries({
          after,
          limit: entriesPage,
          ...(app === undefined ? {} : { app }),
        });
        entries.push(...page);
        const last = page.at(-1);
        if (last === undefined || page.length < entriesPage) break;
        after = last.seq;
      }
      return dora({
        entries,
        windowMs,
        now: toAt,
        ...(app === undefined ? {} : { app }),
      });
    },
    async findings() {
      return await runtime.findings();
    },
    async entries(query) {
      return await store.entries(query);
    },
    async verifyJournal() {
      return await store.verifyJournal();
    },
  };
}

export async function findApp(
  name: string,
  { store }: DeliveryPorts,
): Promise<Result<App, NotFound>> {
  const stored = await store.get("app", name);
  return stored === undefined || stored.body.deletedAt !== undefined
    ? err({ code: "not_found", what: "app", name })
    : ok(stored.body);
}

/** By id, or by a commit's prefix of at least 7 digits that one change alone has. */
async function findChange(
  idOrCommit: string,
  { store }: DeliveryPorts,
): Promise<Result<Change, NotFound | InvalidInput>> {
  if (idOrCommit.startsWith("chg_")) {
    const stored = await store.get("change", idOrCommit);
    return stored === undefined
      ? err({ code: "not_found", what: "change", name: idOrCommit })
      : ok(stored.body);
  }
  if (!/^[0-9a-f]{7,64}$/.test(idOrCommit)) {
    return err({
      code: "invalid_input",
      field: "change",
      expected: "an id such as chg_5c2a8d0k3m1x, or at least 7 hex digits of a commit",
      found: idOrCommit.slice(0, 100),
    });
  }
  const changes = await store.list("change", { limit: changesSearched });
  // Newest first: a commit that was pushed twice means its last delivery.
  const found = changes.find(({ body }) => body.commit.startsWith(idOrCommit));
  return found === undefined
    ? err({ code: "not_found", what: "change", name: idOrCommit })
    : ok(found.body);
}

/** By id, or the newest rollout of an app. */
export async function findRollout(
  idOrApp: string,
  { store }: DeliveryPorts,
): Promise<Result<Rollout, NotFound>> {
  if (idOrApp.startsWith("rol_")) {
    const stored = await store.get("rollout", idOrApp);
    return stored === undefined
      ? err({ code: "not_found", what: "rollout", name: idOrApp })
      : ok(stored.body);
  }
  const app = await store.get("app", idOrApp);
  if (app === undefined) return err({ code: "not_found", what: "app", name: idOrApp });
  const active =
    app.body.activeRollout === undefined
      ? (await store.list("rollout", { app: app.body.name, limit: 1 }))[0]
      : await store.get("rollout", app.body.activeRollout);
  return active === undefined
    ? err({ code: "not_found", what: "rollout of app", name: idOrApp })
    : ok(active.body);
}

export async function viewOfApp(app: App, ports: DeliveryPorts): Promise<AppView> {
  const { store, dataPlane, apiUrl } = ports;
  const [live, rollout, traffic] = await Promise.all([
    app.liveRelease === undefined ? undefined : store.get("release", app.liveRelease),
    app.activeRollout === undefined ? undefined : store.get("rollout", app.activeRollout),
    store.recentTraffic(app.name),
  ]);
  return {
    app,
    url: dataPlane.urlOf(`${app.name}.localhost`),
    gitUrl: gitUrlOf(app.name, apiUrl),
    ...(live === undefined ? {} : { live: live.body }),
    ...(rollout === undefined ? {} : { rollout: rollout.body }),
    ...traffic,
  };
}

function gitUrlOf(app: AppName, apiUrl: string): string {
  return `${apiUrl}/git/${app}.git`;
}

async function viewOfChange(change: Change, { store }: DeliveryPorts): Promise<ChangeView> {
  const [rollout, release, artifact] = await Promise.all([
    change.rollout === undefined ? undefined : store.get("rollout", change.rollout),
    change.release === undefined ? undefined : store.get("release", change.release),
    change.artifact === undefined ? undefined : store.get("artifact", change.artifact),
  ]);
  return {
    change,
    ...(rollout === undefined ? {} : { rollout: rollout.body }),
    ...(release === undefined ? {} : { release: release.body }),
    ...(artifact === undefined ? {} : { artifact: artifact.body }),
  };
}

async function* followChange(
  query: { readonly idOrCommit: string; readonly after: number; readonly signal: AbortSignal },
  ports: DeliveryPorts,
): AsyncIterable<StoryEntry> {
  const found = await findChange(query.idOrCommit, ports);
  if (!found.ok) return;
  for await (const event of story(found.value.id, query.after, ports, query.signal)) {
    if (event.kind !== "entry") continue;
    yield { entry: event.entry, lines: event.lines };
    if (
      event.entry.type === "dev.tidegate.delivery.finished" &&
      (await isOver(found.value, ports))
    ) {
      return;
    }
  }
}

/** A change that was live and was rolled back later has two endings; its story ends with the last. */
async function isOver(change: Change, { store }: DeliveryPorts): Promise<boolean> {
  const now = await store.get("change", change.id);
  return (
    now === undefined ||
    (finalChangeStates.has(now.body.state) &&
      now.body.stages.every(({ name, state }) => name !== "feedback" || state === "passed"))
  );
}
