/** The test stage of a change: run what its authors claim, and say what failed. */
import {
  type Change,
  type NewEntry,
  noTestsDecided,
  type Plan,
  type Stored,
  type TestReport,
} from "#domain";
import { runTests } from "#delivery/test";
import { begin, lineTo } from "./begin-stage.ts";
import type { DeliveryPorts } from "./ports.ts";
import { artifactOf, by, type Turn, write } from "./turn.ts";

export async function test(stored: Stored<Change>, turn: Turn): Promise<void> {
  const { ports, signal } = turn;
  const change = stored.body;
  const artifact = await artifactOf(change, ports);
  const step = artifact.plan.steps.find(({ name }) => name === "test");
  const started =
    step === undefined
      ? stored
      : await begin(stored, turn, {
          ...by(change, "test"),
          type: "dev.cdevents.testsuiterun.started",
          data: { command: step.commands.map((argv) => argv.join(" ")).join(" && ") },
        });
  if (started === undefined) return;
  const report = await runTests(
    { change, plan: artifact.plan, artifact, signal, onLine: lineTo(change.id, "test", ports) },
    ports,
  );
  if (signal.aborted) return;
  await write(started, turn, {
    entries: [
      {
        ...by(change, "test"),
        type: "dev.cdevents.testsuiterun.finished",
        data: report.ok
          ? { ...testData(report.value), ...whyNone(report.value, artifact.plan) }
          : { outcome: "failure", report: noReport, problem: report.error },
      },
    ],
  });
}

const noReport: TestReport = {
  outcome: "failed",
  source: "exit-code",
  counts: { passed: 0, failed: 0, skipped: 0 },
  cases: [],
  isCached: false,
  durationMs: 0,
};

/** Tests that are there and were not run are not the same as no tests. */
function whyNone({ outcome }: TestReport, { reasons }: Plan): { readonly because?: string } {
  const reason = reasons.find(({ decided }) => decided === noTestsDecided);
  return outcome === "none" && reason !== undefined ? { because: reason.because } : {};
}

function testData(
  report: TestReport,
): Extract<NewEntry, { type: "dev.cdevents.testsuiterun.finished" }>["data"] {
  if (report.outcome !== "failed") {
    return { outcome: report.outcome === "none" ? "none" : "success", report };
  }
  const failing = report.cases.filter(({ state }) => state === "failed");
  const names = failing.slice(0, 3).map(({ name }) => `"${name}"`);
  const more = failing.length > names.length ? ` and ${failing.length - names.length} more` : "";
  return {
    outcome: "failure",
    report,
    problem: {
      code: "tests_failed",
      message: `${names.join(", ")}${more} failed; expected every test to pass`,
      ...(failing[0]?.file === undefined ? {} : { where: failing[0].file }),
      next: "mend it and push again; nobody has met this change",
    },
  };
}

/** What the tests said, as the journal has it. */
export async function testReportOf(change: Change, { store }: DeliveryPorts): Promise<TestReport> {
  const entries = await store.entries({ after: 0, limit: 1_000, change: change.id });
  const finished = entries.findLast(({ type }) => type === "dev.cdevents.testsuiterun.finished");
  return finished?.type === "dev.cdevents.testsuiterun.finished" ? finished.data.report : noReport;
}
