/**
 * Test results for people: failed first, and beside each case how it fared before. Pure.
 *
 * A case is *flaky* when runs of one and the same tree gave both results: nothing but luck was different. A case
 * that came and went over different trees may have been mended and broken again, so it is only said how often.
 */
import type { CaseState, Change, ObjectId, TestCase, TestReport } from "#domain";

export interface TestRun {
  readonly change: Pick<Change, "id" | "commit" | "tree" | "subject">;
  readonly at: number;
  readonly report: TestReport;
}

export interface CaseResult extends TestCase {
  /** Against the last run that passed; absent without one. */
  readonly since?: "new" | "newly_failing" | "still" | "mended";
  readonly isFlaky: boolean;
}

export interface TestComparison {
  readonly cases: readonly CaseResult[];
  /** Cases of the last run that passed which are no more. */
  readonly gone: readonly string[];
  /** The run it is compared with. */
  readonly lastPass?: Pick<TestRun, "change" | "at">;
}

/** One case over the runs, newest run first; absent where a run did not have it. */
export interface CaseHistory {
  readonly name: string;
  readonly file?: string;
  readonly results: readonly (CaseState | "absent")[];
  readonly failed: number;
  /** How often it turned from passed to failed or back. */
  readonly turned: number;
  readonly isFlaky: boolean;
  /** Of its newest failure. */
  readonly message?: string;
}

const order: Readonly<Record<CaseState, number>> = { failed: 0, passed: 1, skipped: 2 };

/** `earlier`: runs before this one, newest first. */
export function compareTests(
  report: TestReport,
  run: TestRun,
  earlier: readonly TestRun[],
): TestComparison {
  const lastPass = earlier.find((one) => one.report.outcome === "passed");
  const before = lastPass && byKey(lastPass.report);
  const flaky = flakyKeys([run, ...earlier]);
  const cases = report.cases
    .map((one) => {
      const key = keyOf(one);
      const since = before === undefined ? undefined : sinceOf(one, before.get(key));
      return { ...one, isFlaky: flaky.has(key), ...(since === undefined ? {} : { since }) };
    })
    .toSorted((a, b) => order[a.state] - order[b.state]);
  const now = byKey(report);
  const gone = [...(before?.keys() ?? [])].filter((key) => !now.has(key));
  return {
    cases,
    // A report that was cut short, or could not be read, tells nothing of what is gone.
    gone: report.cases.length === 0 ? [] : gone.map((key) => before?.get(key)?.name ?? key),
    ...(lastPass === undefined ? {} : { lastPass: { change: lastPass.change, at: lastPass.at } }),
  };
}

/** Cases that failed in any of the runs (newest first), those that failed most first. */
export function caseHistories(runs: readonly TestRun[]): readonly CaseHistory[] {
  const reports = runs.map(({ report }) => byKey(report));
  const flaky = flakyKeys(runs);
  const failing = new Set<string>();
  for (const { report } of runs) {
    for (const one of report.cases) if (one.state === "failed") failing.add(keyOf(one));
  }
  return [...failing]
    .map((key) => historyOf(key, reports, flaky.has(key)))
    .toSorted((a, b) => Number(b.isFlaky) - Number(a.isFlaky) || b.failed - a.failed);
}

function historyOf(
  key: string,
  reports: readonly ReadonlyMap<string, TestCase>[],
  isFlaky: boolean,
): CaseHistory {
  const found = reports.map((report) => report.get(key));
  const results = found.map((one) => one?.state ?? "absent");
  const told = results.filter((state) => state === "passed" || state === "failed");
  const [any] = found.filter((one) => one !== undefined);
  const message = found.find((one) => one?.state === "failed")?.message;
  return {
    name: any?.name ?? key,
    ...(any?.file === undefined ? {} : { file: any.file }),
    results,
    failed: results.filter((state) => state === "failed").length,
    turned: told.filter((state, index) => index > 0 && told[index - 1] !== state).length,
    isFlaky,
    ...(message === undefined ? {} : { message }),
  };
}

function flakyKeys(runs: readonly TestRun[]): ReadonlySet<string> {
  const seen = new Map<ObjectId, Map<string, CaseState>>();
  const flaky = new Set<string>();
  for (const { change, report } of runs) {
    const ofTree = seen.get(change.tree) ?? new Map<string, CaseState>();
    seen.set(change.tree, ofTree);
    for (const one of report.cases) {
      if (one.state === "skipped") continue;
      const key = keyOf(one);
      const before = ofTree.get(key);
      if (before !== undefined && before !== one.state) flaky.add(key);
      ofTree.set(key, one.state);
    }
  }
  return flaky;
}

function sinceOf(one: TestCase, before: TestCase | undefined): CaseResult["since"] {
  if (before === undefined) return "new";
  if (one.state === "failed") return before.state === "failed" ? "still" : "newly_failing";
  return before.state === "failed" && one.state === "passed" ? "mended" : undefined;
}

const keyOf = ({ name, file = "" }: TestCase): string => `${file}\n${name}`;

function byKey({ cases }: TestReport): ReadonlyMap<string, TestCase> {
  return new Map(cases.map((one) => [keyOf(one), one]));
}
