/** How the tests went: counts when they passed; which failed, where and how when not. */
import type { EventData, TestCase, TestReport } from "#domain";
import { formatDurationMs, unreachable } from "#std";
import { formatCount } from "./format.ts";
import { failingTestsMax, failureLinesMax } from "./limits.ts";
import type { Line } from "./lines.ts";
import { detail, problemLines, step } from "./phrases.ts";

export function testLines(data: EventData["dev.cdevents.testsuiterun.finished"]): readonly Line[] {
  const { outcome, report, problem, because } = data;
  const took = report.isCached ? "   (cached)" : ` in ${formatDurationMs(report.durationMs)}`;
  switch (outcome) {
    case "none":
      return [
        step(
          "test",
          because === undefined
            ? "the project has no tests: nothing was checked before its users"
            : `no tests were run, and nothing was checked before its users: ${because}`,
        ),
      ];
    case "success":
      return [step("test", counts(report) + took)];
    case "failure": {
      const failed = report.cases.filter((test) => test.state === "failed");
      const more = Math.max(report.counts.failed, failed.length) - failingTestsMax;
      return [
        step("test", (failed.length === 0 ? "failed" : counts(report)) + took, "bad"),
        ...failed.slice(0, failingTestsMax).flatMap(caseLines),
        ...(more > 0 && failed.length > 0 ? [detail(`and ${formatCount(more)} more`)] : []),
        ...(problem === undefined || failed.length > 0 ? [] : [detail(problem.message)]),
        ...(problem === undefined ? [] : problemLines(withoutLog(problem, failed.length > 0))),
      ];
    }
    default:
      return unreachable(outcome);
  }
}

/** Named failures say it better than the end of a log does. */
function withoutLog<T extends { readonly log?: readonly string[] }>(
  problem: T,
  isNamed: boolean,
): T {
  return isNamed ? { ...problem, log: [] } : problem;
}

function counts({ counts: { passed, failed, skipped }, source }: TestReport): string {
  if (passed + failed + skipped === 0) {
    return source === "exit-code" ? "passed, by exit code (no report was found)" : "no test ran";
  }
  return [
    ...(failed > 0 ? [`${formatCount(failed)} failed`] : []),
    `${formatCount(passed)} passed`,
    ...(skipped > 0 ? [`${formatCount(skipped)} skipped`] : []),
  ].join(", ");
}

function caseLines(test: TestCase): readonly Line[] {
  const where = test.file === undefined ? "" : `   ${test.file}`;
  const message = (test.message ?? "").split(/\r?\n/).filter((line) => line.trim() !== "");
  return [
    detail(`failed: ${test.name}${where}`),
    ...message.slice(0, failureLinesMax).map((text): Line => ({ kind: "quote", text })),
  ];
}
