/**
 * `npm run bench -- verdict [--quick] [--runs N] [--only TEXT]`: Tidegate beside what others do, on the same
 * worlds and seeds, and Tidegate against its own bars; `verdict-comparison` and `verdict-bars` are each of the two.
 */
import type { Report } from "../kit/report.ts";
import { bars } from "./bars.ts";
import { columns, faultsOf, lossesOf, rowOf, type Result } from "./comparison.ts";
import type { Outcome } from "./drive.ts";
import { type Job, runJobs } from "./pool.ts";
import { scenarios } from "./scenarios.ts";
import { lanes } from "./tools.ts";
import { readVector, type Vector, vectors } from "./vectors.ts";

export interface VerdictOptions {
  readonly isQuick: boolean;
  /** Runs of each tool on each scenario, and the most of a bar. */
  readonly runs?: number;
  /** Only the scenarios and bars whose name holds this text. */
  readonly only?: string;
}

/** Some minutes on two quiet cores. */
const comparisonRuns = { quick: 12, full: 40 };
const barRunsQuickMax = 30;
/** Large enough to keep a worker busy, small enough that all cores end together. */
const runsPerJob = 20;

export async function verdictBench(options: VerdictOptions): Promise<readonly Report[]> {
  return [...(await comparisonBench(options)), ...(await barsBench(options))];
}

/** Only the table beside the others. */
export async function comparisonBench(options: VerdictOptions): Promise<readonly Report[]> {
  return [comparisonReport(await answered(comparisonJobs(options)), options)];
}

/** Only the bars. */
export async function barsBench(options: VerdictOptions): Promise<readonly Report[]> {
  return [barReport(await answered(barJobs(options)), options)];
}

async function answered(jobs: readonly Job[]): Promise<readonly Answered[]> {
  const answers = await runJobs<Answer>(jobs, (done) => {
    if (done % 20 === 0 || done === jobs.length) console.error(`${done} of ${jobs.length} jobs`);
  });
  return jobs.map((job, index) => ({ job, answer: answers[index] ?? [] }));
}

/** By run, then by tool of the lane. */
type Answer = readonly (readonly Outcome[])[];

interface Answered {
  readonly job: Job;
  readonly answer: Answer;
}

function comparisonJobs({ isQuick, runs, only = "" }: VerdictOptions): readonly Job[] {
  const count = runs ?? (isQuick ? comparisonRuns.quick : comparisonRuns.full);
  return scenarios.flatMap((scenario, of) =>
    `${scenario.id} ${scenario.name}`.includes(only)
      ? lanes.flatMap((one, lane) => {
          const share = (one.runShare ?? 1) * (scenario.runShare ?? 1);
          return chunks({ kind: "comparison", of, lane }, Math.ceil(count * share));
        })
      : [],
  );
}

function barJobs({ isQuick, runs, only = "" }: VerdictOptions): readonly Job[] {
  const most = runs ?? (isQuick ? barRunsQuickMax : Infinity);
  return bars.flatMap((bar, of) =>
    bar.name.includes(only) ? chunks({ kind: "bar", of, lane: 0 }, Math.min(bar.runs, most)) : [],
  );
}

function chunks(of: Pick<Job, "kind" | "of" | "lane">, runs: number): readonly Job[] {
  return Array.from({ length: Math.ceil(runs / runsPerJob) }, (_, index) => ({
    ...of,
    // Seed 0 is nobody's: seeds of a scenario are 1, 2, 3, … for every tool.
    fromSeed: 1 + index * runsPerJob,
    runs: Math.min(runsPerJob, runs - index * runsPerJob),
  }));
}

function comparisonReport(all: readonly Answered[], { isQuick, runs }: VerdictOptions): Report {
  const results = scenarios
    .flatMap((scenario, of): readonly Result[] =>
      lanes.flatMap(({ tools }, lane) =>
        tools.map((tool, index) => ({
          scenario,
          tool,
          outcomes: outcomesOf(all, { kind: "comparison", of, lane }, index),
        })),
      ),
    )
    .filter(({ outcomes }) => outcomes.length > 0);
  const count = runs ?? (isQuick ? comparisonRuns.quick : comparisonRuns.full);
  return {
    name: "verdict",
    title: "Verdicts: Tidegate beside what others do",
    method: method(count),
    columns,
    rows: results.map((result, index) =>
      rowOf(result, results[index - 1]?.scenario !== result.scenario),
    ),
    notes: [
      ...reading,
      ...faultsOf(results),
      ...lossesOf(results, "Tidegate").map((line) => `Tidegate loses in ${line}.`),
      ...vectors.map(vectorLine),
      ...reasons,
    ],
  };
}

function vectorLine(vector: Vector): string {
  const { kayenta, tidegate, minute } = readVector(vector);
  const verdict = tidegate.replaceAll("_", " ");
  return `S13 ${vector.name}, of ${vector.requestsPerMinute} requests a minute: Kayenta ${kayenta}, Tidegate ${verdict} (minute ${minute}).`;
}

function outcomesOf(
  all: readonly Answered[],
  { kind, of, lane }: Pick<Job, "kind" | "of" | "lane">,
  tool: number,
): readonly Outcome[] {
  return all
    .filter(({ job }) => job.kind === kind && job.of === of && job.lane === lane)
    .flatMap(({ answer }) => answer.flatMap((run) => run[tool] ?? []));
}

function method(count: number): string {
  return [
    `${count} runs a row with the seeds 1, 2, 3, … for every tool (a quarter of them for Kayenta, whose worlds`,
    "last hours, and at 1,000 requests/s). A simulated service of 100 requests/s and 3,000 users",
    "(activity Zipf(1), own error ratios log-normal with log-sd 1, median latency 50 ms, p99 320 ms), counts two",
    "seconds late, unless the row says otherwise; users are assigned by hash for every tool. Tidegate is the",
    "production `decide`, looking every second. The others are written anew from their published algorithms and",
    "run with the examples of their documentation: see the head of each file in `bench/verdict/`. Shares with",
    "Wilson's 95 % interval.",
  ].join(" ");
}

const reading: readonly string[] = [
  "Stopped, missed and the rest add up to 100 %: the rest was still open at the tool's end (Tidegate then holds exposure and asks a person).",
  "Time to stop counts from the moment the candidate begins to be harmful; users and requests harmed are those of the candidate beyond what the baseline would have harmed (where it is slow: those slowed) until the tool ended the rollout. A miss harms everybody from then on, which is in no column but `missed`.",
  "(*): within Tidegate's default tolerance (1.5 times and half a percentage point; latency 1.5 times at any threshold and one request in a hundred), so letting it in is what its policy says; it is counted as missed all the same.",
];

const reasons: readonly string[] = [
  "The z-test that looks every 10 s heads most of these lines: it keeps to 1 % of users for five minutes and stops at the slightest sign, which it also sees in most healthy changes. Exposure as small would spare Tidegate's users as many failures, and make every good change wait as long.",
  "Why Tidegate loses where it does: with little traffic it does not let in what nobody has seen work; a cold start that lasts minutes is slowness to it, and there is no fresh baseline of the same age in this comparison; harm within the tolerance is let in on purpose; late harm comes when everybody has long been in, unless a control is kept back, which is not simulated here; a slowness at the very edge of the tolerance is neither shown to be harmful nor safe, so it holds, with half of the users slowed.",
  "Why Kayenta: 98 % intervals between two series of one-minute points assume that minutes are independent; drift and wandering instances are not, and more looks make it worse. Sparse errors vanish in ties, so a rare failure is missed however surely it is new. It exposes 5 % for an hour or three, so what it does find has harmed users all that time; what it lets in waits as long.",
  "Why Flagger: a fixed line is right for one base rate. Close to it healthy changes fall over it and shared incidents push everything over it; far below it a fault of ten times the errors stays under it. It never looks at the baseline. Its best case is a service well under the line with a gross fault, and there it takes ten failed minutes.",
  "Why Argo Rollouts: the same with a lower line and rarer measurements; nothing is measured before 40 % of users are in, and latency is not looked at in the documented example.",
  "Why the z-tests: at every look the chance to be fooled comes anew; requests of one user are not independent; and totals under a ramp compare different times (Simpson's paradox), which is wrong even at a single look when an incident meets the ramp.",
  "Why Tidegate is slower where it is: proof that holds at every moment costs about twice the sample of a single look at the right time, and proof of safety is proof, where a gate that runs out of time just opens.",
];

/** What no method that keeps alpha can beat, for the bars that ask for nearly as much. */
const bounds: readonly string[] = [
  "The ramp bars lie at the bound. At 1 % exposure a failure tells 0 against x10 with 0.125 nats and x5 with 0.038 (the divergence of its arm from the arm under no harm). Errors' part of alpha asks for ln 30 = 3.4 nats: 27 failures at 0.109/s, or 250 s, for 0.1 % to 1 %; 89 failures at 1.04/s, or 86 s, for 1 % to 5 %, on average and for a test that knows the size of the fault in advance. Not knowing it costs some 1.5 nats. The rows below each show the trades: errors as the only guardrail (all of alpha) comes near, a first step of 5 % instead of 1 % meets them by far.",
  "Harm that begins late: first harms are spent, the busiest users having failed once in twenty minutes, so at a fixed 5 % it takes longer than the bar; on the ramp, which is at half of the users by then, a third of it. The same counts for a bake whose control is 5 % of users.",
  "3 % of users failing wholly are caught as users who are stuck (decision 0197). Exposure from evidence is at half of the users within seconds, at a cost that a budget of 50 requests allows; a budget of 10 users is the one for who minds how many people meet a fault.",
];

function barReport(all: readonly Answered[], { isQuick, runs }: VerdictOptions): Report {
  const rows = bars.flatMap((bar, of) => {
    const outcomes = outcomesOf(all, { kind: "bar", of, lane: 0 }, 0);
    if (outcomes.length === 0) return [];
    const { measured, interval, result } = bar.read(outcomes, bar);
    return [[bar.name, bar.bar, measured, interval, String(outcomes.length), result]];
  });
  const few = runs !== undefined || isQuick;
  return {
    name: "verdict-bars",
    title: "Verdicts: Tidegate against its bars",
    method:
      "The production `decide` on simulated services of 100 requests/s, counts two seconds late, a look every second; false stops with the strictest policy (any harm counts, nothing can be shown to be safe) for a whole hour unless the row says otherwise. Intervals at 95 %.",
    columns: ["what", "bar", "measured", "95 % interval", "runs", "result"],
    rows,
    notes: [
      "What a verdict costs has a bar and a table of its own: `engine`.",
      ...bounds,
      ...(few ? ["So few runs show no bound on false stops: 2,000 do."] : []),
    ],
  };
}
