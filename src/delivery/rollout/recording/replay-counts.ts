/**
 * Replay: what the production verdict says after each interval of a counts file, line by line, so that a
 * file of any length takes the memory of one interval. It is the same fold and the same judgement that a
 * rollout's controller uses, so a recorded rollout is judged bit for bit as it was.
 *
 * Not in counts, and so not replayed: exits of instances (the guardrail "crashes").
 */
import type { IntervalCounts, InvalidInput, RolloutId, RolloutPolicy, Verdict } from "#domain";
import { err, locatedJson, ok, type Result } from "#std";
import { emptyEvidence, foldInterval, type Evidence } from "../evidence.ts";
import { countsLineBytesMax, countsLinesMax } from "../limits.ts";
import { verdictOf } from "../verdict.ts";
import { type ArmLine, armLineOf, countsLine, noCounts } from "./counts-line.ts";

/** What is known after one interval. */
export interface ReplayStep {
  readonly index: number;
  readonly startAt: number;
  readonly endAt: number;
  /** Buckets of the candidate. */
  readonly exposure: number;
  readonly verdict: Verdict;
}

export interface Replay {
  /** Takes the next line, without its line end; gives what is known if it completes an interval. */
  take(line: string): Result<readonly ReplayStep[], InvalidInput>;
  /** Says that no more lines come. */
  end(): Result<readonly ReplayStep[], InvalidInput>;
}

/** `linesBefore`: lines of the file that were read before the first. */
export function openReplay(policy: RolloutPolicy, linesBefore = 0): Replay {
  let lineNumber = linesBefore;
  let evidence = emptyEvidence(policy);
  let open: Open | undefined;
  const close = (): Result<readonly ReplayStep[], InvalidInput> => {
    if (open === undefined) return ok([]);
    const step = stepOf(policy, evidence, open);
    if (!step.ok) return step;
    [evidence, open] = [step.value.evidence, undefined];
    return ok([step.value.step]);
  };
  return {
    take(text) {
      lineNumber += 1;
      const line = lineNumber;
      if (text.trim() === "") return ok([]);
      const arm = readLine(text, line);
      if (!arm.ok) return arm;
      const partner = open;
      if (partner !== undefined && belongsTo(arm.value, partner.first)) {
        open = { ...partner, second: arm.value, line };
        return close();
      }
      const closed = close();
      if (closed.ok) open = { first: arm.value, line };
      return closed;
    },
    end: close,
  };
}

/** An interval of which a line was read. */
interface Open {
  readonly first: ArmLine;
  readonly second?: ArmLine;
  readonly line: number;
}

/** Reads one line of a counts file. */
function readLine(text: string, line: number): Result<ArmLine, InvalidInput> {
  const refused = (found: string, expected: string) =>
    err({ code: "invalid_input", field: "line", line, found, expected } as const);
  if (line > countsLinesMax) return refused("more", `at most ${countsLinesMax} lines`);
  if (text.length > countsLineBytesMax) {
    return refused(`${text.length} characters`, `at most ${countsLineBytesMax} on a line`);
  }
  const parsed = parseJson(text);
  if (parsed === undefined) return refused(JSON.stringify(text.slice(0, 60)), "a JSON object");
  const read = countsLine(locatedJson(parsed.value, line), "");
  return read.ok ? ok(armLineOf(read.value)) : read;
}

function parseJson(text: string): { readonly value: unknown } | undefined {
  try {
    const value: unknown = JSON.parse(text);
    return { value };
  } catch {
    return undefined;
  }
}

function belongsTo(line: ArmLine, other: ArmLine): boolean {
  return (
    line.arm !== other.arm &&
    line.index === other.index &&
    line.startAt === other.startAt &&
    line.endAt === other.endAt &&
    line.exposure === other.exposure &&
    line.shared.freshBuckets === other.shared.freshBuckets
  );
}

function stepOf(
  policy: RolloutPolicy,
  evidence: Evidence,
  open: Open,
): Result<{ readonly evidence: Evidence; readonly step: ReplayStep }, InvalidInput> {
  const counts = intervalOf(open, evidence.throughIndex + 1);
  const folded = foldInterval(evidence, counts);
  if (!folded.ok) {
    const { field } = folded.error;
    return err({ ...folded.error, field: field.replace(/^interval\./, ""), line: open.line });
  }
  const { index, startAt, endAt, exposure } = counts;
  const verdict = verdictOf(policy, folded.value);
  return ok({ evidence: folded.value, step: { index, startAt, endAt, exposure, verdict } });
}

function intervalOf({ first, second }: Open, nextIndex: number): IntervalCounts {
  const arms = { baseline: noCounts, candidate: noCounts };
  for (const line of second === undefined ? [first] : [first, second]) arms[line.arm] = line.counts;
  return {
    // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- the id of whatever was recorded
    rollout: "rol_recorded0000" as RolloutId,
    index: first.index ?? nextIndex,
    startAt: first.startAt,
    endAt: first.endAt,
    exposure: first.exposure,
    ...arms,
    ...first.shared,
    ...second?.shared,
  };
}
