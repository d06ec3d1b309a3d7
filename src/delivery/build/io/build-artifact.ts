/**
 * From a change to its artifact. Everything is named by what went into it, so each question is first
 * "is it there already?", and every result appears by one rename, whole:
 *
 *   artifact there?          nothing to do
 *   install's result there?  link it beside a fresh checkout, seal: no process of the project runs
 *   otherwise                run what is missing, in a work tree that a restarted server finds again
 */
import { readFile, rename, writeFile } from "node:fs/promises";
import { join, relative } from "node:path";
import type {
  Artifact,
  Change,
  Clock,
  Digest,
  Plan,
  PlanStep,
  Problem,
  Repositories,
  Runtime,
  SourceTree,
  StepRecord,
} from "#domain";
import { err, ok, type Result } from "#std";
import { artifactBytesMax } from "../limits.ts";
import { artifactKey, stepKey } from "../step-key.ts";
import { moveInto, remove, takeOver, treeBytes } from "./copy-tree.ts";
import { artifactDirectory, openLayout, type Layout } from "./layout.ts";
import { oneAtATime } from "./one-at-a-time.ts";
import { diskProblem } from "./problem.ts";
import type { RegistryEnvironment } from "./registry-environment.ts";
import { touch } from "./shelf.ts";
import { shippedWith, type Shipped } from "./ship.ts";
import { cachedStep, runCached, runInPlace, type CachedStep } from "./run-step.ts";
import { prepareTree } from "./prepare-tree.ts";

export interface BuildInput {
  readonly change: Change;
  readonly plan: Plan;
  /** The change's tree, when the caller has it at hand from planning. */
  readonly tree?: SourceTree;
  /** Aborting cancels the step that runs, unless the reason is `leaveRunning`. */
  readonly signal: AbortSignal;
  readonly onLine: (line: string) => void;
}

export interface BuildPorts {
  readonly repositories: Pick<Repositories, "tree" | "checkout">;
  readonly runtime: Pick<Runtime, "step">;
  readonly clock: Pick<Clock, "now" | "random">;
  /** Absolute. */
  readonly dataDir: string;
  readonly registry: RegistryEnvironment;
}

/** One build under way: what its parts share. */
export interface Build extends BuildInput {
  readonly tree: SourceTree;
  readonly ports: BuildPorts;
  readonly layout: Layout;
  readonly digest: Digest;
  readonly shipped: readonly Shipped[];
}

export interface Built {
  readonly artifact: Artifact;
  /** Nothing ran and nothing was put together: the same tree and plan were built before. */
  readonly isCached: boolean;
}

/**
 * Builds a change's artifact, or finds it. The same input again, also after a crash at any point,
 * continues where it was; a failed or partial step leaves nothing that a later build could take.
 */
export async function buildArtifact(
  input: BuildInput,
  ports: BuildPorts,
): Promise<Result<Built, Problem>> {
  try {
    const { change, plan } = input;
    const [tree, shipped, layout] = await Promise.all([
      input.tree ?? ports.repositories.tree(change.app, change.tree),
      shippedWith(plan),
      openLayout(ports.dataDir, change.app),
    ]);
    const shippedDigests = shipped.map((one) => one.digest);
    const digest = artifactKey(tree, { app: change.app, plan, shipped: shippedDigests });
    const find = async (): Promise<Artifact | undefined> =>
      await readArtifact(ports.dataDir, digest, ports.clock.now());
    const found = await find();
    if (found !== undefined) return ok({ artifact: found, isCached: true });
    try {
      const job = { ...input, tree, ports, layout, digest, shipped };
      return await oneAtATime(artifactDirectory(ports.dataDir, digest), async () => {
        const meanwhile = await find();
        return meanwhile === undefined
          ? await build(job)
          : ok({ artifact: meanwhile, isCached: true });
      });
    } catch (cause) {
      // Another server sealed it before us, out of the same work directory.
      const sealed = await find();
      if (sealed === undefined) throw cause;
      return ok({ artifact: sealed, isCached: true });
    }
  } catch (cause) {
    const problem = diskProblem(cause);
    if (problem !== undefined) return err(problem);
    throw cause;
  }
}

async function build(job: Build): Promise<Result<Built, Problem>> {
  const { plan, tree, layout } = job;
  const cached: CachedStep[] = [];
  const records: StepRecord[] = [];
  const [install, inPlace] = [stepNamed(plan, "install"), stepNamed(plan, "build")];
  if (install !== undefined) {
    const key = stepKey(install, tree, { plan, after: [] });
    const done = await oneAtATime(
      layout.work(key),
      async () => (await cachedStep(job, install, key)) ?? (await runCached(job, install, key)),
    );
    if ("code" in done) return err(done);
    cached.push(done);
    records.push(done.record);
  }
  if (inPlace === undefined) {
    const prepared = await prepareTree(job, cached, "link");
    if (!prepared.ok) return prepared;
    return await seal(job, {
      directory: prepared.value.tree,
      parent: prepared.value.parent,
      records,
      cached,
    });
  }
  const key = stepKey(inPlace, tree, { plan, after: cached.map((one) => one.record.key) });
  const done = await runInPlace(job, inPlace, { key, cached });
  if ("code" in done) return err(done);
  return await seal(job, { ...done, records: [...records, done.record], cached: [] });
}

function stepNamed(plan: Plan, name: PlanStep["name"]): PlanStep | undefined {
  return plan.steps.find((step) => step.name === name);
}

interface Finished {
  /** The work tree, and the directory of ours that holds it. */
  readonly directory: string;
  readonly parent: string;
  readonly records: readonly StepRecord[];
  /** Steps whose results are linked into it; empty when a build step may have changed anything. */
  readonly cached: readonly CachedStep[];
}

/** Makes a finished work tree the artifact: its record first, then the directory, by rename. */
async function seal(job: Build, finished: Finished): Promise<Result<Built, Problem>> {
  const { ports, digest, change, plan } = job;
  const isUntouched = !plan.steps.some((step) => step.name === "build");
  if (!isUntouched) await takeOver(finished.directory);
  const sizeBytes = isUntouched ? sourceBytes(job, finished) : await treeBytes(finished.directory);
  if (sizeBytes > artifactBytesMax) {
    await remove(finished.parent);
    return err(tooLarge(sizeBytes));
  }
  const target = artifactDirectory(ports.dataDir, digest);
  const artifact: Artifact = {
    digest,
    app: change.app,
    change: change.id,
    commit: change.commit,
    tree: change.tree,
    plan,
    steps: finished.records,
    directory: relative(ports.dataDir, target),
    sizeBytes,
    createdAt: ports.clock.now(),
  };
  const record = join(finished.parent, "artifact.json");
  await writeFile(record, JSON.stringify(artifact));
  await rename(record, `${target}.json`);
  await moveInto(finished.directory, target);
  await remove(finished.parent);
  return ok({ artifact, isCached: false });
}

function sourceBytes({ tree }: Build, { cached }: Finished): number {
  const source = tree.entries.reduce((sum, entry) => sum + entry.sizeBytes, 0);
  return cached.reduce((sum, step) => sum + step.sizeBytes, source);
}

function tooLarge(sizeBytes: number): Problem {
  return {
    code: "artifact_limit",
    message: `the artifact has ${gibibytes(sizeBytes)}; at most ${gibibytes(artifactBytesMax)} are kept`,
    next: "leave out what the app does not need to run, and push again",
  };
}

function gibibytes(bytes: number): string {
  return `${(bytes / 1024 ** 3).toFixed(1)} GiB`;
}

/** Reads a sealed artifact: there when its directory is, as its record was written before. */
async function readArtifact(
  dataDir: string,
  digest: Digest,
  now: number,
): Promise<Artifact | undefined> {
  const directory = artifactDirectory(dataDir, digest);
  try {
    const text = await readFile(`${directory}.json`, "utf8");
    if (!(await touch(directory, now))) return undefined;
    // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- written whole by `seal`
    return JSON.parse(text) as Artifact;
  } catch {
    return undefined; // not built yet, or its directory was tidied away
  }
}
