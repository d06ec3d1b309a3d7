/** One failed request of a candidate beside what the app said at the time. */
import type { ReleaseId, Rollout } from "#domain";
import { withoutRoot } from "#std";
import { exampleLogLines } from "./limits.ts";
import type { RolloutPorts } from "./ports.ts";
import { redactorOf } from "./redactor-of.ts";

export async function exampleOf(
  rollout: Rollout,
  { store, runtime, dataDir }: RolloutPorts,
): Promise<Rollout["failureExample"]> {
  const failures = await store.failures(rollout.id);
  const request = failures.find(({ arm }) => arm === "candidate");
  if (request === undefined) return undefined;
  const log: string[] = [];
  const over = new AbortController();
  const lines = runtime.logs({
    app: rollout.app,
    release: rollout.candidate,
    ...(request.instance === undefined ? {} : { instance: request.instance }),
    tail: logLinesSearched,
    follow: false,
    signal: over.signal,
  });
  for await (const line of lines) log.push(line.text);
  const redact = await redactorOf(rollout, { store });
  const root = await rootOf(rollout.candidate, { store, dataDir });
  return { request, log: aroundFailure(log).map((line) => withoutRoot(redact(line), root)) };
}

/** The directory of a release's own code, absolute; "" once it is not kept. */
export async function rootOf(
  id: ReleaseId | undefined,
  { store, dataDir }: Pick<RolloutPorts, "store" | "dataDir">,
): Promise<string> {
  const release = id === undefined ? undefined : await store.get("release", id);
  const artifact = release && (await store.get("artifact", release.body.artifact));
  return artifact === undefined ? "" : `${dataDir}/${artifact.body.directory}`;
}

/** Lines read back to find where the app began to tell of a failure. */
const logLinesSearched = 80;

/**
 * The lines that say most about a failure: from the last one that names an error, with the line before it,
 * or simply the last ones. Other requests write to the same log, so the end alone may be about them.
 */
function aroundFailure(log: readonly string[]): readonly string[] {
  const named = log.findLastIndex((line) => /(?:error|exception|traceback|panic)\b/i.test(line));
  const from = named < 0 ? log.length - exampleLogLines : named;
  return log.slice(Math.max(0, from), Math.max(0, from) + exampleLogLines);
}
