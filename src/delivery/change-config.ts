/** A new version of an app's configuration and, when something is live, a release that carries it. */
import { err, ok, type Result } from "#std";
import { appWithConfig, isConfigCarried, signed } from "#domain";
import type {
  Actor,
  App,
  ConfigVersion,
  DocumentPut,
  InvalidInput,
  NewEntry,
  NotFound,
  Release,
  Stored,
  WrongState,
} from "#domain";
import { releasesOf } from "./config-view.ts";
import { configOf } from "./config.ts";
import { conflictsMax } from "./limits.ts";
import type { ChangedConfig, Delivery } from "./delivery.ts";
import { newRelease, numberTaken, releasePut } from "./new-release.ts";
import type { DeliveryPorts } from "./ports.ts";

type Ports = Pick<DeliveryPorts, "store" | "clock">;
type Input = Parameters<Delivery["changeConfig"]>[0];

export async function changeConfig(
  input: Input,
  actor: Actor,
  ports: Ports,
): Promise<Result<ChangedConfig, NotFound | InvalidInput | WrongState>> {
  for (let attempt = 0; attempt < conflictsMax; attempt += 1) {
    const app = await ports.store.get("app", input.app);
    if (app === undefined) throw new Error(`the app ${input.app} went away`);
    if (app.body.activeRollout !== undefined) return err(busy(app.body.activeRollout));
    const before = await ports.store.get("config", `${input.app}:${app.body.configVersion}`);
    const now = ports.clock.now();
    const next = configOf(app.body, { before: before?.body, change: input, by: actor.name, now });
    if (!next.ok) return next;
    if (isSame(before?.body, next.value) && (await isCarried(app.body, ports))) {
      const { version, values } = before?.body ?? { version: 0, values: {} };
      return ok({ version, values, isUnchanged: true });
    }
    if (await write(app, { config: next.value, input, actor }, ports)) {
      return ok({ version: next.value.version, values: next.value.values });
    }
  }
  throw new Error(`the app ${input.app} changed faster than its configuration could be written`);
}

function isSame(before: ConfigVersion | undefined, next: ConfigVersion): boolean {
  const [old, now] = [before?.values ?? {}, Object.entries(next.values)];
  const isKept = now.every(([name, value]) => Object.hasOwn(old, name) && old[name] === value);
  return isKept && now.length === Object.keys(old).length;
}

async function isCarried(app: App, ports: Ports): Promise<boolean> {
  return isConfigCarried(app.configVersion, await releasesOf(app, ports));
}

function busy(rollout: string): WrongState {
  return {
    code: "wrong_state",
    what: "app",
    state: `in the rollout ${rollout}`,
    next: "wait for its end, or run: tidegate rollout abort (while it bakes: promote)",
  };
}

interface Writing {
  readonly config: ConfigVersion;
  readonly input: Input;
  readonly actor: Actor;
}

/** Gives whether it was written: not if the app changed in between. */
async function write(
  app: Stored<App>,
  { config, input, actor }: Writing,
  ports: Ports,
): Promise<boolean> {
  const next = { ...app, body: appWithConfig(app.body, config.version) };
  const release = await releaseWith(next.body, ports);
  const entry: NewEntry = {
    type: "dev.tidegate.config.changed",
    app: app.body.name,
    ...signed(actor),
    data: { version: config.version, keysSet: Object.keys(input.set), keysUnset: input.unset },
  };
  const documents: readonly DocumentPut[] = [
    { kind: "config", id: `${config.app}:${config.version}`, app: config.app, body: config },
    ...(release === undefined
      ? [
          {
            kind: "app" as const,
            id: app.id,
            app: config.app,
            body: next.body,
            ifVersion: app.version,
          },
        ]
      : [numberTaken(next), releasePut(release)]),
  ];
  const written = await ports.store.commit({
    entries: [entry],
    documents,
    enqueue: release === undefined ? [] : [{ kind: "deliver", key: release.id, app: config.app }],
  });
  return written.ok;
}

/** What is live with the app's newest configuration; nothing when nothing is live. */
async function releaseWith(app: App, { store, clock }: Ports): Promise<Release | undefined> {
  const live =
    app.liveRelease === undefined ? undefined : await store.get("release", app.liveRelease);
  const artifact = live === undefined ? undefined : await store.get("artifact", live.body.artifact);
  if (live === undefined || artifact === undefined) return undefined;
  return newRelease(
    app,
    { change: live.body.change, artifact: artifact.body, cause: "config" },
    clock,
  );
}
