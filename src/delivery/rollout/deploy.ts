/**
 * Starts a release: its release command once, then its first instances. Nobody is routed to it here.
 * Idempotent by the ids of what it starts, so that it can be run again after a crash at any point.
 */
import { err, ok, type Result } from "#std";
import {
  type Artifact,
  type ConfigVersion,
  type Instance,
  type InstanceSpec,
  type ProcessSpec,
  type Problem,
  type Release,
  type SandboxLevel,
  type StartFailed,
} from "#domain";
import { desiredProcesses, instanceId } from "./formation.ts";
import {
  instanceMemoryBytes,
  instanceProcesses,
  releaseCommandDiskBytes,
  releaseCommandOutputBytes,
  releaseCommandTimeoutMs,
} from "./limits.ts";
import { type RolloutPorts } from "./ports.ts";

export interface ReleaseParts {
  readonly release: Release;
  readonly artifact: Artifact;
  /** Absent: version 0, no values. */
  readonly config?: ConfigVersion;
}

export interface Deployed {
  readonly instances: readonly Instance[];
  readonly sandboxLevel: SandboxLevel;
  readonly readyMs: number;
}

export async function deployRelease(
  parts: ReleaseParts,
  ports: RolloutPorts,
  signal: AbortSignal,
): Promise<Result<Deployed, Problem>> {
  const startedAt = ports.clock.now();
  const prepared = await runReleaseCommand(parts, ports, signal);
  if (!prepared.ok) return prepared;
  const wanted = [...desiredProcesses(parts.release)].flatMap(([processType, count]) =>
    Array.from({ length: count }, (_, slot) => ({ processType, slot, generation: 0 })),
  );
  const results = await Promise.all(
    wanted.map(async (place) => await startInstance(parts, place, ports)),
  );
  const instances: Instance[] = [];
  for (const result of results) {
    if (!result.ok) {
      await stopAll(instances, parts, ports);
      return result;
    }
    instances.push(result.value);
  }
  return ok({
    instances,
    sandboxLevel: await ports.runtime.sandboxLevel(),
    readyMs: ports.clock.now() - startedAt,
  });
}

export interface Place {
  readonly processType: string;
  readonly slot: number;
  /** 0 for the first start, then one more with each restart. */
  readonly generation: number;
}

export async function startInstance(
  parts: ReleaseParts,
  place: Place,
  ports: RolloutPorts,
): Promise<Result<Instance, Problem>> {
  const spec = instanceSpec(parts, place, ports.dataDir);
  if (spec === undefined) {
    return err({
      code: "no_such_process",
      message: `the plan of v${parts.release.number} has no process type ${place.processType}`,
    });
  }
  const started = await ports.runtime.start(spec);
  if (!started.ok) return err(startProblem(started.error, place.processType));
  const { id, host, port } = started.value;
  return ok({
    id,
    processType: place.processType,
    ...(host === undefined ? {} : { host }),
    ...(port === undefined ? {} : { port }),
    state: "ready",
    restarts: place.generation,
  });
}

function instanceSpec(
  { release, artifact, config }: ReleaseParts,
  { processType, slot, generation }: Place,
  dataDir: string,
): InstanceSpec | undefined {
  const process = artifact.plan.processes[processType];
  if (process === undefined) return undefined;
  return {
    id: instanceId(release.id, `${processType}.${slot}`, generation),
    app: release.app,
    release: release.id,
    processType,
    directory: `${dataDir}/${artifact.directory}`,
    argv: process.argv,
    env: environmentOf({ release, artifact, ...(config === undefined ? {} : { config }) }, process),
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
  const cancel = (): void => void step.cancel();
  signal.addEventListener("abort", cancel, { once: true });
  const { end } = await step.outcome;
  signal.removeEventListener("abort", cancel);
  if (end.kind === "exited" && end.code === 0) return ok(undefined);
  return err({
    code: "release_command_failed",
    message: `the release command of v${release.number} ended with ${JSON.stringify(end)}; expected exit code 0`,
    where: "Procfile: release",
    next: "mend the command and push again; nobody has met this release",
    log: await step.tail(30),
  });
}

async function stopAll(
  instances: readonly Instance[],
  { artifact }: ReleaseParts,
  { runtime }: RolloutPorts,
): Promise<void> {
  await Promise.all(
    instances.map(async ({ id }) => await runtime.stop(id, artifact.plan.stopGraceMs)),
  );
}

function startProblem({ reason, log }: StartFailed, processType: string): Problem {
  const words = {
    exited: () =>
      reason.kind === "exited" ? `${processType} ended before it was ready: ${reason.exit}` : "",
    never_listened: () =>
      reason.kind === "never_listened"
        ? `${processType} did not listen on PORT ${reason.port} within ${Math.round(reason.waitedMs / 1000)} s`
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
