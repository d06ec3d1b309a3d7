/**
 * Runs the plan's test step on a copy of the artifact, and reads what it left.
 *
 * The copy is `work/APP/test-KEY/{attempt,tree}` and comes into being whole; its attempt is part of the
 * id under which the Runtime knows the step, so that a server that comes back adopts tests that run.
 * Only reports of passed tests are kept: a failed one is worth a second look when asked again.
 */
import { execFile } from "node:child_process";
import { access, lstat, mkdir, readFile, rename, rm, writeFile } from "node:fs/promises";
import { dirname, join } from "node:path";
import { promisify } from "node:util";
import {
  appCacheDirectory,
  stepEnvironment,
  type Artifact,
  type Change,
  type Clock,
  type Plan,
  type PlanStep,
  type Problem,
  type RunningStep,
  type Runtime,
  type StepEnd,
  type StepOutcome,
  type TestReport,
} from "#domain";
import { canonicalJson, err, ok, sha256Hex, type Result } from "#std";
import * as limits from "../limits.ts";
import { readReport as readLeftReport } from "./read-report.ts";

const run = promisify(execFile);

export interface TestInput {
  readonly change: Change;
  readonly plan: Plan;
  readonly artifact: Artifact;
  /** Aborting cancels the tests, unless the reason is `leave_running`. */
  readonly signal: AbortSignal;
  readonly onLine: (line: string) => void;
}

export interface TestPorts {
  readonly runtime: Pick<Runtime, "step">;
  readonly clock: Pick<Clock, "now" | "random">;
  /** Absolute. */
  readonly dataDir: string;
}

const none: TestReport = {
  outcome: "none",
  source: "none",
  counts: { passed: 0, failed: 0, skipped: 0 },
  cases: [],
  isCached: false,
  durationMs: 0,
};

interface Job extends TestInput {
  readonly ports: TestPorts;
  readonly step: PlanStep;
  readonly key: string;
  /** The work directory, and the tree in it. */
  readonly parent: string;
  readonly tree: string;
}

/**
 * Runs the tests. Failing tests are a report (`outcome: "failed"`); a problem is a run that reached a
 * limit or was cancelled. The same artifact and test step pass only once; the report says so.
 */
export async function runTests(
  input: TestInput,
  ports: TestPorts,
): Promise<Result<TestReport, Problem>> {
  const { plan, artifact, change } = input;
  const step = plan.steps.find((one) => one.name === "test");
  if (step === undefined) return ok(none);
  const key = sha256Hex(
    canonicalJson({ artifact: artifact.digest, step, reports: plan.testReports }),
  );
  const file = join(ports.dataDir, "cache", "tests", change.app, `${key}.json`);
  const passed = await readReport(file);
  if (passed !== undefined) return ok({ ...passed, isCached: true });
  const parent = join(ports.dataDir, "work", change.app, `test-${key}`);
  const job: Job = { ...input, ports, step, key, parent, tree: join(parent, "tree") };
  try {
    const report = await runJob(job);
    if (report.ok && report.value.outcome === "passed") await keepReport(job, file, report.value);
    return report;
  } catch (cause) {
    if (!/ENOSPC|EDQUOT|No space left on device/.test(String(cause))) throw cause;
    return err({
      code: "disk_full",
      message: "there is no space left on the disk of this Tidegate",
      next: "ask the operator to free some, then push again (see: tidegate doctor)",
    });
  }
}

async function runJob(job: Job): Promise<Result<TestReport, Problem>> {
  if (job.signal.aborted) return err(cancelled);
  await prepareCopy(job);
  const running = await start(job);
  const { outcome, lines } = await follow(job, running);
  if (outcome === undefined) return err(cancelled);
  const { end, startedAt, finishedAt } = outcome;
  if (end.kind === "limit" || end.kind === "cancelled") {
    const log = await running.tail(limits.problemLogLines);
    await discard(job);
    return err(end.kind === "cancelled" ? cancelled : limitProblem(end, log));
  }
  const isSuccess = end.kind === "exited" && end.code === 0;
  const durationMs = finishedAt - startedAt;
  const report = await readLeftReport({
    reports: job.plan.testReports,
    tree: job.tree,
    lines,
    run: { isSuccess, end: renderEnd(end), durationMs },
  });
  await discard(job);
  return ok(report);
}

const cancelled: Problem = {
  code: "cancelled",
  message: "the tests were cancelled before they were done",
};

function renderEnd(end: StepEnd): string {
  if (end.kind === "exited") return `exit code ${end.code}`;
  return end.kind === "signalled" ? `signal ${end.signal}` : "no exit code";
}

function limitProblem(
  end: Extract<StepEnd, { readonly kind: "limit" }>,
  log: readonly string[],
): Problem {
  const wording = {
    wallMs: `ran longer than ${Math.round(end.allowed / 1000)} s`,
    memoryBytes: `used more than ${Math.round(end.allowed / 1024 ** 2)} MiB of memory`,
    processes: `started more than ${end.allowed} processes`,
    outputBytes: `printed more than ${Math.round(end.allowed / 1024 ** 2)} MiB`,
    diskBytes: `wrote more than ${Math.round(end.allowed / 1024 ** 2)} MiB`,
  } as const;
  return {
    code: "test_limit",
    message: `the tests ${wording[end.limit]}`,
    next: "make them need less, or set test.timeout in tidegate.yaml, and push again",
    log,
  };
}

/** Copies the artifact beside where tests will write; blocks are shared where the file system can. */
async function prepareCopy(job: Job): Promise<void> {
  const { ports, artifact, parent } = job;
  const isThere = await Promise.all([exists(join(parent, "attempt")), exists(job.tree)]);
  if (isThere.every((one) => one)) return;
  await remove(parent);
  const attempt = Math.floor(ports.clock.random() * 36 ** 8).toString(36);
  const tmp = join(ports.dataDir, "tmp", `${job.change.id}-test-${attempt}`);
  await mkdir(tmp, { recursive: true });
  await mkdir(dirname(parent), { recursive: true });
  const copy = join(tmp, "tree");
  await run("cp", ["-a", "--reflink=auto", "--", join(ports.dataDir, artifact.directory), copy]);
  for (const report of job.plan.testReports) {
    if (!/[*?]/.test(report)) await makeDirectories(copy, dirname(report));
  }
  await writeFile(join(tmp, "attempt"), attempt);
  await rename(tmp, parent);
}

/** Makes directories in a tree, up to a link that its build left: that could lead anywhere. */
async function makeDirectories(tree: string, path: string): Promise<void> {
  let at = tree;
  for (const part of path.split("/")) {
    at = join(at, part);
    const found = await lstat(at).catch(() => undefined);
    if (found === undefined) await mkdir(at);
    else if (!found.isDirectory()) return;
  }
}

async function start(job: Job): Promise<RunningStep> {
  const { ports, change, step, tree } = job;
  const attempt = await readFile(join(job.parent, "attempt"), "utf8");
  const cacheDir = appCacheDirectory(ports.dataDir, change.app);
  await mkdir(cacheDir, { recursive: true });
  const offline = step.hasNetwork ? {} : { GOPROXY: "off" };
  return await ports.runtime.step({
    id: `${change.app}-test-${job.key.slice(0, 20)}-${attempt}`,
    app: change.app,
    workDir: tree,
    readOnly: [],
    writable: [cacheDir],
    commands: step.commands,
    env: { ...job.plan.env, ...offline, ...stepEnvironment(step, { workDir: tree, cacheDir }) },
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

interface Followed {
  /** Absent when we were told to stop waiting. */
  readonly outcome: StepOutcome | undefined;
  readonly lines: readonly string[];
}

async function follow({ signal, onLine }: Job, running: RunningStep): Promise<Followed> {
  const aborted = Promise.withResolvers<undefined>();
  const stop = (): void => {
    aborted.resolve(undefined);
  };
  signal.addEventListener("abort", stop, { once: true });
  if (signal.aborted) stop();
  const lines: string[] = [];
  const printed = (async () => {
    for await (const line of running.lines(signal)) {
      if (lines.length < limits.outputLinesMax) lines.push(line);
      onLine(line);
    }
  })();
  try {
    const outcome = await Promise.race([running.outcome, aborted.promise]);
    if (outcome !== undefined) await printed;
    else if (signal.reason !== "leave_running") await running.cancel();
    return { outcome, lines };
  } finally {
    signal.removeEventListener("abort", stop);
    await printed.catch(() => undefined); // an aborted reader has nothing more to say
  }
}

async function readReport(file: string): Promise<TestReport | undefined> {
  try {
    // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- written whole by `keepReport`
    return JSON.parse(await readFile(file, "utf8")) as TestReport;
  } catch {
    return undefined; // not run yet
  }
}

async function keepReport(job: Job, file: string, report: TestReport): Promise<void> {
  await mkdir(dirname(file), { recursive: true });
  const next = `${file}.${job.change.id}`;
  await writeFile(next, JSON.stringify(report));
  await rename(next, file);
}

/** Removes the copy at once by name and then for good, so that none is ever half there. */
async function discard(job: Job): Promise<void> {
  const gone = join(job.ports.dataDir, "tmp", `gone-${job.change.id}-${job.key.slice(0, 20)}`);
  await remove(gone);
  await rename(job.parent, gone);
  await remove(gone);
}

async function remove(path: string): Promise<void> {
  await rm(path, { recursive: true, force: true, maxRetries: 3 });
}

async function exists(path: string): Promise<boolean> {
  return await access(path).then(
    () => true,
    () => false,
  );
}
