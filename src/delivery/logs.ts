/** Logs of any length: of a change's steps and of an app's instances, by line number, by search and as they grow. */
import { err, ok, some, type Result } from "#std";
import {
  finalRolloutStates,
  type AppName,
  type Change,
  type InstanceId,
  type InvalidInput,
  type LogHits,
  type LogSource,
  type LogWindow,
  type NewErrors,
  type NotFound,
} from "#domain";
import { errorKeeper } from "./error-keeper.ts";
import { findApp, findChange } from "./find.ts";
import { logSourcesMax } from "./limits.ts";
import type { DeliveryPorts } from "./ports.ts";

/** Which log: what a stage of a change printed, or what an instance of an app did. */
export type WhichLog =
  | { readonly change: string; readonly stage: "build" | "test" }
  | { readonly app: AppName; readonly instance: InstanceId };

export interface LogSourceView extends Omit<LogSource, "files" | "release"> {
  /** "v12". */
  readonly release: string;
  readonly isRunning: boolean;
}

type Asked<T> = Promise<Result<T, NotFound | InvalidInput>>;

/** Nothing is `found` before a change has a rollout, or when its logs were not compared while they were there. */
export interface NewErrorsView {
  readonly found?: NewErrors;
  /** Its rollout is over, and nothing more will be found. */
  readonly isFinal: boolean;
}

export interface Logs {
  /** Errors that a change's candidate tells of and the release before does not. */
  newErrors(change: string): Asked<NewErrorsView>;
  /** Newest first; at most 200. */
  logSources(app: AppName): Asked<readonly LogSourceView[]>;
  logWindow(
    which: WhichLog,
    query: { readonly from: number; readonly count: number },
  ): Asked<LogWindow>;
  searchLog(
    which: WhichLog,
    query: { readonly text: string; readonly most: number; readonly signal: AbortSignal },
  ): Asked<LogHits>;
  /** Windows from the line after `after` on; ends when nothing more will be written. */
  followLog(
    which: WhichLog,
    after: number,
  ): Asked<(signal: AbortSignal) => AsyncIterable<LogWindow>>;
}

export function logs(ports: DeliveryPorts): Logs {
  const { logReader, runtime, store } = ports;
  const search = errorKeeper(ports);
  return {
    async newErrors(change) {
      const found = await findChange(change, ports);
      if (!found.ok) return found;
      const { rollout: id } = found.value;
      const rollout = id === undefined ? undefined : (await store.get("rollout", id))?.body;
      if (rollout === undefined) return ok({ isFinal: found.value.finishedAt !== undefined });
      // What was found when it ended was found while the logs were there.
      const isFinal = finalRolloutStates.has(rollout.state);
      const errors = isFinal ? rollout.newErrors : await search(rollout);
      return ok({ ...some("found", errors), isFinal });
    },
    async logSources(app) {
      const found = await findApp(app, ports);
      if (!found.ok) return found;
      const [all, running] = await Promise.all([runtime.logSources(app), runtime.instances()]);
      const alive = new Set(running.map(({ id }) => id));
      const { liveRelease } = found.value;
      const live = liveRelease && (await store.get("release", liveRelease))?.body;
      // A release that was brought back goes on with instances that another one started.
      const itsOwn = new Set(live ? live.instances.map(({ id }) => id) : []);
      const labels = new Map<string, string>();
      for (const { release } of all) {
        const stored = labels.has(release) ? undefined : await store.get("release", release);
        if (stored !== undefined) labels.set(release, `v${stored.body.number}`);
      }
      return ok(
        all.slice(0, logSourcesMax).map(({ files: _files, ...source }) => ({
          ...source,
          release:
            live && itsOwn.has(source.instance)
              ? `v${live.number}`
              : (labels.get(source.release) ?? source.release),
          isRunning: alive.has(source.instance),
        })),
      );
    },
    async logWindow(which, query) {
      const found = await filesOf(which, ports);
      return found.ok ? ok(await logReader.window(found.value.files, query)) : found;
    },
    async searchLog(which, query) {
      const found = await filesOf(which, ports);
      return found.ok ? ok(await logReader.search(found.value.files, query)) : found;
    },
    async followLog(which, after) {
      const found = await filesOf(which, ports);
      if (!found.ok) return found;
      const { files, isOver } = found.value;
      return ok((signal) => logReader.follow(files, { after, signal, isOver }));
    },
  };
}

interface FoundLog {
  readonly files: readonly string[];
  /** Whether nothing more will be written. */
  readonly isOver: () => Promise<boolean>;
}

async function filesOf(which: WhichLog, ports: DeliveryPorts): Asked<FoundLog> {
  const { store, runtime, changeLogs } = ports;
  if ("change" in which) {
    const found = await findChange(which.change, ports);
    if (!found.ok) return found;
    const { id } = found.value;
    return ok({
      files: [changeLogs.file(id, which.stage)],
      isOver: async () => hasEnded((await store.get("change", id))?.body, which.stage),
    });
  }
  const found = await findApp(which.app, ports);
  if (!found.ok) return found;
  const sources = await runtime.logSources(which.app);
  const source = sources.find(({ instance }) => instance === which.instance);
  if (source === undefined) return err({ code: "not_found", what: "log of", name: which.instance });
  return ok({
    files: source.files,
    isOver: async () => (await runtime.instances()).every(({ id }) => id !== which.instance),
  });
}

/** A stage prints while it runs; one that was never begun prints nothing once its change is over. */
function hasEnded(change: Change | undefined, name: "build" | "test"): boolean {
  if (change === undefined || change.finishedAt !== undefined) return true;
  return change.stages.find((stage) => stage.name === name)?.finishedAt !== undefined;
}
