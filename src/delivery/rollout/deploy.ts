/**
 * Starts a release: its release command once, then its first instances. Nobody is routed to it here.
 * Idempotent by the ids of what it starts, so that it can be run again after a crash at any point.
 */
import { err, ok, type Result, unreachable, withoutRoot } from "#std";
import type {
  Instance,
  InstanceSpec,
  ProcessSpec,
  Problem,
  ReleaseId,
  RunningStep,
  SandboxLevel,
  StartFailed,
  StepEnd,
  Store,
} from "#domain";
import { noteFailedStart } from "./exits.ts";
import {
  instanceMemoryBytes,
  instanceProcesses,
  releaseCommandDiskBytes,
  releaseCommandOutputBytes,
  releaseCommandTimeoutMs,
} from "./limits.ts";
import type { RolloutPorts } from "./ports.ts";
import type { ReleaseParts } from "./release-parts.ts";
import { updateDocument } from "./update.ts";

interface Deployed {
  readonly instances: number;
  readonly sandboxLevel: SandboxLevel;
  readonly readyMs: number;
}

export interface Deploying {
  readonly signal: AbortSignal;
  /** What starts at the same moment as its instances. */
  readonly beside?: () => Promise<void>;
}

/** What it starts is in the release's document before, and stays there when another part fails. */
export async function deployRelease(
  parts: ReleaseParts,
  ports: RolloutPorts,
  { signal, beside }: Deploying,
): Promise<Result<Deployed, Problem>> {
  const startedAt = ports.clock.now();
  const prepared = await runReleaseCommand(parts, ports, signal);
  if (!prepared.ok) return prepared;
  const besides = beside?.();
  const { instances } = parts.release;
  const starting = instances.filter(({ state }) => state === "starting");
  const results = await Promise.all(
    starting.map(async (instance) => await startInstance(parts, instance, { ...ports, signal })),
  );
  await besides;
  const failure = results.find(({ ok: isStarted }) => !isStarted);
  if (failure?.ok === false) return failure;
  return ok({
    instances: instances.length,
    sandboxLevel: await ports.runtime.sandboxLevel(),
    readyMs: ports.clock.now() - startedAt,
  });
}

/** Starts an instance that its release's document names, or adopts it, and notes where it listens. */
export async function startInstance(
  parts: ReleaseParts,
  instance: Instance,
  /** When `signal` aborts before it is ready, it is stopped again. */
  ports: RolloutPorts & { readonly signal?: AbortSignal },
): Promise<Result<void, Problem>> {
  const { runtime, store, signal } = ports;
  const { id, processType } = instance;
  const spec = instanceSpec(parts, instance, ports);
  if (spec === undefined) {
    return err({
      code: "no_such_process",
      message: `the plan of v${parts.release.number} has no process type ${processType}`,
    });
  }
  const started = await runtime.start(spec, signal);
  if (!started.ok) {
    const { reason, log } = started.error;
    const exit = endWords(reason);
    if (exit !== undefined) await noteFailedStart({ id, release: parts.release.id, exit }, ports);
    const shown = log.map((line) => withoutRoot(line, spec.directory));
    return err(startProblem({ reason, log: shown }, processType));
  }
  const { host, port } = started.value;
  await updateInstance(store, parts.release.id, {
    ...instance,
    ...(host === undefined ? {} : { host }),
    ...(port === undefined ? {} : { port }),
    state: "ready",
  });
  // One that ended in between was told of while its document did not yet call it ready.
  const running = await runtime.instances();
  if (running.some((each) => each.id === id)) return ok(undefined);
  await updateInstance(store, parts.release.id, { ...instance, state: "exited" });
  return err({
    code: "start_exited",
    message: `${processType} ended as soon as it was ready`,
    where: `process ${processType}`,
    next: "see the log lines; the process must keep running",
  });
}

/** Notes what became of an instance; one that is being taken away stays so. */
async function updateInstance(store: Store, release: ReleaseId, next: Instance): Promise<void> {
  await updateDocument(store, { kind: "release", id: release }, (before) => ({
    body: {
      ...before,
      instances: before.instances.map((each) =>
        each.id === next.id && each.state !== "draining" ? next : each,
      ),
    },
  }));
}

function instanceSpec(
  parts: ReleaseParts,
  { id, processType }: Instance,
  { dataDir, metrics }: RolloutPorts,
): InstanceSpec | undefined {
  const { release, artifact } = parts;
  const process = artifact.plan.processes[processType];
  if (process === undefined) return undefined;
  const { app, environment } = release;
  const identity = {
    app,
    release: release.id,
    instance: id,
    environment,
    version: `v${release.number}`,
  };
  const given = { ...environmentOf(parts, process), TIDEGATE_INSTANCE: id };
  return {
    id,
    app: release.app,
    release: release.id,
    processType,
    directory: `${dataDir}/${artifact.directory}`,
    argv: process.argv,
    env: metrics === undefined ? given : metrics.environmentOf(identity, given),
    ...(processType === "web" ? { health: artifact.plan.health } : {}),
    memoryBytes: instanceMemoryBytes,
    processes: instanceProcesses,
  };
}

/** What the process sees: the plan's defaults, then the app's configuration, then ours. */
function environmentOf(
  parts: ReleaseParts,
  process: ProcessSpec,
): Readonly<Record<string, string>> {
  const { release, artifact, config } = parts;
  return {
    ...artifact.plan.env,
    ...process.env,
    ...config?.values,
    TIDEGATE_APP: release.app,
    TIDEGATE_ENVIRONMENT: release.environment,
    TIDEGATE_RELEASE: `v${release.number}`,
    TIDEGATE_COMMIT: artifact.commit,
  };
}

/** `release:` of a Procfile, for migrations: once per release, before any of its instances. */
async function runReleaseCommand(
  parts: ReleaseParts,
  ports: RolloutPorts,
  signal: AbortSignal,
): Promise<Result<void, Problem>> {
  const { release, artifact } = parts;
  const command = artifact.plan.processes["release"];
  if (command === undefined) return ok(undefined);
  const directory = `${ports.dataDir}/${artifact.directory}`;
  const step = await ports.runtime.step({
    id: `release-${release.id}`,
    app: release.app,
    workDir: `${ports.dataDir}/scratch/${release.id}`,
    readOnly: [directory],
    writable: [],
    // The artifact is read-only; `env -C` makes it the directory that relative paths start from.
    commands: [["/usr/bin/env", "-C", directory, ...command.argv]],
    env: environmentOf(parts, command),
    hasNetwork: true,
    limits: {
      wallMs: releaseCommandTimeoutMs,
      memoryBytes: instanceMemoryBytes,
      processes: instanceProcesses,
      outputBytes: releaseCommandOutputBytes,
      diskBytes: releaseCommandDiskBytes,
    },
  });
  const end = await endOf(step, signal);
  if (end === undefined) return err(interrupted);
  if (end.kind === "exited" && end.code === 0) return ok(undefined);
  return err({
    code: "release_command_failed",
    message: `the release command of v${release.number} ended with ${JSON.stringify(end)}; expected exit code 0`,
    where: "Procfile: release",
    next: "mend the command and push again; nobody has met this release",
    log: (await step.tail(30)).map((line) => withoutRoot(line, directory)),
  });
}

const interrupted: Problem = {
  code: "interrupted",
  message: "the release was not started: it was superseded, or the server stopped",
};

/** How a step ended, or `undefined` once `signal` aborts; it is cancelled then unless it may go on alone. */
async function endOf(step: RunningStep, signal: AbortSignal): Promise<StepEnd | undefined> {
  const aborted = Promise.withResolvers<undefined>();
  const stop = (): void => aborted.resolve(undefined);
  signal.addEventListener("abort", stop, { once: true });
  if (signal.aborted) stop();
  const outcome = await Promise.race([step.outcome, aborted.promise]);
  signal.removeEventListener("abort", stop);
  if (outcome === undefined && signal.reason !== "leave_running") await step.cancel();
  return outcome?.end;
}

/** How a start ended, for the release's record of exits; nothing where it was not the app's own doing. */
function endWords(reason: StartFailed["reason"]): string | undefined {
  switch (reason.kind) {
    case "exited":
      return reason.exit;
    case "never_listened":
      return "nothing listened on its PORT";
    case "unhealthy":
      return "not healthy after its start";
    case "refused":
      return undefined;
    default:
      return unreachable(reason);
  }
}

function elsewhere(ports: readonly number[] | undefined): string {
  return ports === undefined ? "" : `; it listens on ${ports.join(", ")}`;
}

function startProblem(
  { reason, log }: Pick<StartFailed, "reason" | "log">,
  processType: string,
): Problem {
  const words = {
    exited: () =>
      reason.kind === "exited" ? `${processType} ended before it was ready: ${reason.exit}` : "",
    never_listened: () =>
      reason.kind === "never_listened"
        ? `${processType} did not listen on PORT ${reason.port} within ${Math.round(reason.waitedMs / 1000)} s${elsewhere(reason.listensOn)}`
        : "",
    unhealthy: () =>
      reason.kind === "unhealthy"
        ? `${processType} is not healthy: ${reason.request} was answered with ${reason.answer}`
        : "",
    refused: () =>
      reason.kind === "refused" ? `${processType} could not be started: ${reason.why}` : "",
  } satisfies Record<typeof reason.kind, () => string>;
  const next = {
    exited: "see the log lines; the process must keep running",
    never_listened: "listen on 0.0.0.0 and the port in the PORT environment variable",
    unhealthy: "answer the health check with 2xx or 3xx, or set health.path in tidegate.yaml",
    refused: "run: tidegate doctor",
  } satisfies Record<typeof reason.kind, string>;
  return {
    code: `start_${reason.kind}`,
    message: words[reason.kind](),
    where: `process ${processType}`,
    next: next[reason.kind],
    log,
  };
}
