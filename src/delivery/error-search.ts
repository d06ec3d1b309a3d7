/**
 * Reads what both releases of a rollout printed, and finds the errors that only the candidate tells of.
 * The newest lines of each, so that it costs the same however long a log is. The release before is
 * read further back: what it told of yesterday is not new today.
 */
import type {
  AppName,
  InstanceId,
  LogSource,
  NewErrors,
  Release,
  ReleaseId,
  Rollout,
} from "#domain";
import { newErrors, type InstanceLines, type LogLine, type ReleaseLines } from "#delivery/feedback";
import { redactorOf, rootOf } from "#delivery/rollout";
import {
  errorCharsMax,
  errorInstancesMax,
  errorLinesMax,
  errorReleasesMax,
  errorWindowLines,
  timesTimeoutMs,
} from "./limits.ts";
import type { DeliveryPorts } from "./ports.ts";

type Ports = Pick<DeliveryPorts, "store" | "runtime" | "logReader" | "dataDir" | "clock">;

export async function searchErrors(rollout: Rollout, ports: Ports): Promise<NewErrors> {
  const { store, clock } = ports;
  const { app, id, candidate, baseline } = rollout;
  const [sources, failures, redact] = await Promise.all([
    ports.runtime.logSources(app),
    store.failures(id),
    redactorOf(rollout, ports),
  ]);
  const of = async (
    release: Release["id"] | undefined,
    linesMax: number,
  ): Promise<ReleaseLines> => {
    const ids = await lineageOf(release, ports);
    const wanted = {
      app,
      release,
      linesMax,
      sources: sources.filter((source) => ids.has(source.release)),
      // Only of what is new it is told when it began.
      isTimed: release === candidate,
    };
    return await readRelease(wanted, ports);
  };
  return await newErrors({
    candidate: await of(candidate, errorLinesMax.candidate),
    baseline: await of(baseline, errorLinesMax.baseline),
    failures,
    redact,
    pause: async () => await clock.sleep(0, never),
  });
}

/**
 * The release and those that it restores, one after the other: it goes on with their instances, and what those
 * printed is not new.
 */
async function lineageOf(
  release: ReleaseId | undefined,
  { store }: Pick<Ports, "store">,
): Promise<ReadonlySet<string>> {
  const ids = new Set<string>();
  for (let id = release; id !== undefined && ids.size < errorReleasesMax;) {
    ids.add(id);
    id = (await store.get("release", id))?.body.restores;
  }
  return ids;
}

/** What is asked for is waited for. */
const never = new AbortController().signal;

interface Wanted {
  readonly app: AppName;
  readonly release: Release["id"] | undefined;
  /** Of all its instances together. */
  readonly linesMax: number;
  /** Newest first. */
  readonly sources: readonly LogSource[];
  readonly isTimed: boolean;
}

async function readRelease(
  { app, release, linesMax, sources, isTimed }: Wanted,
  ports: Ports,
): Promise<ReleaseLines> {
  const read = sources.slice(0, errorInstancesMax);
  const each = Math.ceil(linesMax / Math.max(1, read.length));
  const of: InstanceLines[] = [];
  let isCut = read.length < sources.length;
  for (const { instance, files } of read) {
    const { lines, total } = await newestLines(
      files,
      { count: each, charsMax: Math.ceil(errorCharsMax / read.length) },
      ports,
    );
    isCut ||= lines.length < total;
    const writtenAt = isTimed ? await timesOf({ app, instance, tail: each }, ports) : undefined;
    of.push({ instance, lines, ...(writtenAt === undefined ? {} : { writtenAt }) });
  }
  const lines = of.reduce((sum, source) => sum + source.lines.length, 0);
  return { root: await rootOf(release, ports), of, instances: of.length, lines, isCut };
}

/** The last lines with their numbers, window by window: between two of them others have their turn. */
async function newestLines(
  files: readonly string[],
  { count, charsMax }: { readonly count: number; readonly charsMax: number },
  { logReader }: Ports,
): Promise<{ readonly lines: readonly LogLine[]; readonly total: number }> {
  const { total } = await logReader.window(files, { from: 1, count: 1 });
  const lines: LogLine[] = [];
  let from = Math.max(1, total - count + 1);
  while (from <= total) {
    const window = await logReader.window(files, { from, count: errorWindowLines });
    if (window.lines.length === 0) break;
    lines.push(...window.lines.map((text, index) => ({ text, number: from + index })));
    from += window.lines.length;
  }
  return { lines: withinChars(lines, charsMax), total };
}

/** The newest lines of so many characters: a log of long lines takes no longer than any. */
function withinChars(lines: readonly LogLine[], charsMax: number): readonly LogLine[] {
  let [from, chars] = [lines.length, 0];
  while (from > 0 && chars < charsMax) {
    from -= 1;
    chars += lines[from]?.text.length ?? 0;
  }
  return lines.slice(from);
}

/** When lines were written is known by their text: of several that are alike, the first. */
async function timesOf(
  {
    app,
    instance,
    tail,
  }: { readonly app: AppName; readonly instance: InstanceId; readonly tail: number },
  { runtime }: Ports,
): Promise<(text: string) => number | undefined> {
  const first = new Map<string, number>();
  const query = { app, instance, tail, follow: false, signal: AbortSignal.timeout(timesTimeoutMs) };
  for await (const { text, at } of runtime.logs(query)) {
    if (at !== undefined && !first.has(text)) first.set(text, at);
  }
  return (text) => first.get(text);
}
