/**
 * Running one step of a build, once.
 *
 * A work directory is `work/APP/KEY/{attempt,tree}` and comes into being whole. Its attempt is part of
 * the id under which the Runtime knows the step: a server that comes back finds the directory, gives
 * the same id and adopts what runs; after a failure the directory goes, and the next try is a new one.
 */
import { access, mkdir, readFile, rename, writeFile } from "node:fs/promises";
import { join } from "node:path";
import {
  stepEnvironment,
  type Digest,
  type PlanStep,
  type Problem,
  type RunningStep,
  type StepOutcome,
  type StepRecord,
} from "#domain";
import { assert } from "#std";
import { renderCommand } from "../command-line.ts";
import * as limits from "../limits.ts";
import type { Build } from "./build-artifact.ts";
import { moveInto, remove, takeOver, treeBytes } from "./copy-tree.ts";
import { hexOf } from "./layout.ts";
import { moveOutputs, prepareTree } from "./prepare-tree.ts";
import { cancelled, leaveRunning, stepProblem } from "./problem.ts";
import { isReallyIn } from "./real-directories.ts";
import { touch } from "./shelf.ts";

/** A step's result in the cache. */
export interface CachedStep {
  readonly directory: string;
  /** Those of the step's outputs that it really left. */
  readonly outputs: readonly string[];
  readonly sizeBytes: number;
  readonly record: StepRecord;
}

interface Meta {
  readonly outputs: readonly string[];
  readonly sizeBytes: number;
}

/** Finds a step's result. */
export async function cachedStep(
  job: Build,
  step: PlanStep,
  key: Digest,
): Promise<CachedStep | undefined> {
  const at = job.ports.clock.now();
  const record = { name: step.name, key, isCached: true, startedAt: at, finishedAt: at };
  return await readCached(job, record);
}

async function readCached(job: Build, record: StepRecord): Promise<CachedStep | undefined> {
  const directory = job.layout.step(record.key);
  try {
    const text = await readFile(`${directory}.json`, "utf8");
    if (!(await touch(directory, job.ports.clock.now()))) return undefined;
    // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- written whole by `keep`
    return { directory, ...(JSON.parse(text) as Meta), record };
  } catch {
    return undefined; // never run, or tidied away
  }
}

/** Runs a step whose outputs are kept for later builds, in a work tree of its own. */
export async function runCached(
  job: Build,
  step: PlanStep,
  key: Digest,
): Promise<CachedStep | Problem> {
  const ran = await runIn(job, step, { key, cached: [] });
  if ("code" in ran) return ran;
  try {
    return (await readCached(job, ran.record)) ?? (await keep(job, step, ran));
  } catch (cause) {
    // Another server that shared the step kept its result before us, out of the same directory.
    const kept = await readCached(job, ran.record);
    if (kept === undefined) throw cause;
    return kept;
  } finally {
    await remove(ran.parent);
  }
}

/** Runs a step whose output is the whole work tree. */
export async function runInPlace(
  job: Build,
  step: PlanStep,
  given: { readonly key: Digest; readonly cached: readonly CachedStep[] },
): Promise<Ran | Problem> {
  return await runIn(job, step, given);
}

export interface Ran {
  readonly parent: string;
  readonly directory: string;
  readonly record: StepRecord;
}

const attemptsMax = 3;

async function runIn(
  job: Build,
  step: PlanStep,
  given: { readonly key: Digest; readonly cached: readonly CachedStep[] },
): Promise<Ran | Problem> {
  const { key } = given;
  const parent = job.layout.work(key);
  const directory = join(parent, "tree");
  for (let attempt = 0; attempt < attemptsMax; attempt += 1) {
    if (job.signal.aborted) return cancelled;
    const missing = await prepareWork(job, given.cached, parent);
    if (missing !== undefined) return missing;
    const running = await start(job, step, { key, directory });
    const outcome = await follow(job, step, running);
    if (outcome === undefined) return cancelled;
    const { end, startedAt, finishedAt } = outcome;
    if (end.kind === "exited" && end.code === 0) {
      const record = { name: step.name, key, isCached: false, startedAt, finishedAt };
      return { parent, directory, record };
    }
    const problem = await stepProblem(step, end, running);
    await discard(job, parent);
    // Cancelled by another change that shared the step with us: we still want it.
    if (end.kind !== "cancelled") return problem;
  }
  return cancelled;
}

/** Makes the work directory unless it is there from before; gives why it could not. */
async function prepareWork(
  job: Build,
  cached: readonly CachedStep[],
  parent: string,
): Promise<Problem | undefined> {
  const isThere = await Promise.all([
    exists(join(parent, "attempt")),
    exists(join(parent, "tree")),
  ]);
  if (isThere.every((one) => one)) return undefined;
  await remove(parent);
  const prepared = await prepareTree(job, cached, "copy");
  if (!prepared.ok) return prepared.error;
  await moveInto(prepared.value.parent, parent);
  return undefined;
}

async function start(
  job: Build,
  step: PlanStep,
  at: { readonly key: Digest; readonly directory: string },
): Promise<RunningStep> {
  const { ports, change, layout } = job;
  const { registry } = ports;
  const attempt = await readFile(join(at.directory, "..", "attempt"), "utf8");
  const cacheDir = layout.caches;
  // On disk and not in memory: unpacking a large package takes more than a sandbox's own /tmp.
  const TMPDIR = join(cacheDir, "tmp");
  await mkdir(TMPDIR, { recursive: true });
  const env = stepEnvironment(step, { workDir: at.directory, cacheDir });
  job.onLine(`$ ${step.commands.map((argv) => renderCommand(argv)).join(" && ")}`);
  return await ports.runtime.step({
    id: `${change.app}-${step.name}-${hexOf(at.key).slice(0, 20)}-${attempt}`,
    app: change.app,
    workDir: at.directory,
    readOnly: registry.readOnly,
    writable: [cacheDir],
    commands: step.commands,
    env: { TMPDIR, ...(step.hasNetwork ? registry.env : {}), ...env },
    hasNetwork: step.hasNetwork,
    limits: {
      wallMs: step.timeoutMs,
      memoryBytes: limits.stepMemoryBytes,
      processes: limits.stepProcesses,
      outputBytes: limits.stepOutputBytes,
      diskBytes: limits.stepDiskBytes,
    },
  });
}

/** Hands on what the step prints until it ends; `undefined` when we were told to stop waiting. */
async function follow(
  { signal, onLine }: Build,
  step: PlanStep,
  running: RunningStep,
): Promise<StepOutcome | undefined> {
  assert(step.commands.length > 0, "a step has a command");
  const aborted = Promise.withResolvers<undefined>();
  const stop = (): void => {
    aborted.resolve(undefined);
  };
  signal.addEventListener("abort", stop, { once: true });
  if (signal.aborted) stop();
  const printed = (async () => {
    for await (const line of running.lines(signal)) onLine(line);
  })();
  try {
    const outcome = await Promise.race([running.outcome, aborted.promise]);
    if (outcome !== undefined) {
      await printed;
      return outcome;
    }
    if (signal.reason !== leaveRunning) await running.cancel();
    return undefined;
  } finally {
    signal.removeEventListener("abort", stop);
    await printed.catch(() => undefined); // an aborted reader has nothing more to say
  }
}

/** Moves a step's outputs into the cache: together, under our own name, and readable by all. */
async function keep(job: Build, step: PlanStep, ran: Ran): Promise<CachedStep> {
  const assembled = join(ran.parent, "kept");
  await mkdir(assembled, { recursive: true });
  const outputs: string[] = [];
  for (const output of step.outputs) {
    // Moved already, if we died here before.
    await moveOutputs([output], ran.directory, assembled);
    if (await isReallyIn(assembled, output)) outputs.push(output);
  }
  await takeOver(assembled);
  const meta: Meta = { outputs, sizeBytes: await treeBytes(assembled) };
  const directory = job.layout.step(ran.record.key);
  const record = join(ran.parent, "meta.json");
  await writeFile(record, JSON.stringify(meta));
  await rename(record, `${directory}.json`);
  await moveInto(assembled, directory);
  return { directory, ...meta, record: ran.record };
}

/** Removes a work directory at once by name and then for good, so that none is ever half there. */
async function discard(job: Build, parent: string): Promise<void> {
  const gone = join(
    job.layout.tmp,
    `gone-${job.change.id}-${Math.floor(job.ports.clock.random() * 1e9)}`,
  );
  try {
    await rename(parent, gone);
  } catch {
    return; // another server that shared the step has removed it
  }
  await remove(gone);
}

async function exists(path: string): Promise<boolean> {
  return await access(path).then(
    () => true,
    () => false,
  );
}
