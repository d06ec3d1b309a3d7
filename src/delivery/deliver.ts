/**
 * Drives one change through the plot, a stage at a time, under a lease. Each stage's result is one
 * transaction; what a stage starts is found again by id, so driving a change twice does its work once.
 */
import { unreachable } from "#std";
import {
  type Change,
  type ChangeId,
  finalChangeStates,
  type Lease,
  type NewEntry,
  parseId,
  type Problem,
  type Stored,
  type TestReport,
} from "#domain";
import { attest, decideGate, gateFacts, verifyEvidence } from "#delivery/assure";
import { buildArtifact, planTree } from "#delivery/build";
import { planProblem } from "./plan-problem.ts";
import { noteOf } from "#delivery/feedback";
import { defaultRolloutPolicy } from "#delivery/rollout";
import { runTests } from "#delivery/test";
import { keepLease } from "./lease.ts";
import { nextStep, stageOf } from "./pipeline.ts";
import { type DeliveryPorts } from "./ports.ts";
import { rollOut } from "./roll-out.ts";
import { artifactOf, by, type Turn, write } from "./turn.ts";

export const deliverLeaseMs = 20_000;

/** Returns when the change is over, waits for its rollout, or the lease was lost. */
export async function deliverChange(
  lease: Lease,
  ports: DeliveryPorts,
  signal: AbortSignal,
): Promise<void> {
  const id = parseId("chg", lease.key);
  if (!id.ok) {
    await ports.store.commit({ lease, finish: "done" });
    return;
  }
  await using kept = keepLease(lease, deliverLeaseMs, ports);
  const both = AbortSignal.any([signal, kept.lost]);
  while (!both.aborted) {
    const stored = await ports.store.get("change", id.value);
    const isOver =
      stored === undefined || (await takeStep(stored, { lease: kept, ports, signal: both }));
    if (isOver) {
      await ports.store.commit({ lease: kept.current, finish: "done" });
      return;
    }
  }
}

const stages = {
  build,
  test,
  assure,
  rollout: async (stored: Stored<Change>, turn: Turn): Promise<void> => {
    await rollOut(stored, await artifactOf(stored.body, turn.ports), turn);
  },
};

/** Gives whether there is nothing more to do for now. */
async function takeStep(stored: Stored<Change>, turn: Turn): Promise<boolean> {
  const step = nextStep(stored.body);
  switch (step.kind) {
    case "run":
      await untilSuperseded(stored, turn, async (inner) => {
        await stages[step.stage](stored, inner);
      });
      return false;
    case "await_rollout":
      return true;
    case "tell":
      await tell(stored, turn);
      return false;
    case "over":
      return true;
    default:
      return unreachable(step);
  }
}

/** Runs a stage so that it is cancelled when the change gets a final state from elsewhere. */
async function untilSuperseded(
  stored: Stored<Change>,
  turn: Turn,
  work: (turn: Turn) => Promise<void>,
): Promise<void> {
  const { store, wakes } = turn.ports;
  const over = new AbortController();
  const signal = AbortSignal.any([turn.signal, over.signal]);
  const watch = async (): Promise<void> => {
    for (let seen = wakes.tick(stored.id); !signal.aborted; seen = wakes.tick(stored.id)) {
      await wakes.past(stored.id, seen, signal);
      const now = signal.aborted ? undefined : await store.get("change", stored.id);
      if (now !== undefined && finalChangeStates.has(now.body.state)) over.abort();
    }
  };
  const watching = watch().catch(() => undefined);
  try {
    await work({ ...turn, signal });
  } finally {
    over.abort();
    await watching;
  }
}

async function build(stored: Stored<Change>, turn: Turn): Promise<void> {
  const { ports, signal } = turn;
  const change = stored.body;
  const tree = await ports.repositories.tree(change.app, change.tree);
  const plan = await planTree(tree, ports.toolchain, defaultRolloutPolicy);
  if (!plan.ok) {
    await write(stored, turn, { entries: [buildFailed(change, planProblem(plan.error))] });
    return;
  }
  const started = await begin(stored, turn, {
    ...by(change, "build"),
    type: "dev.cdevents.build.started",
    data: { title: plan.value.title, reasons: plan.value.reasons },
  });
  if (started === undefined) return;
  const built = await buildArtifact(
    { change, plan: plan.value, signal, onLine: lineTo(change.id, "build", ports) },
    ports,
  );
  if (signal.aborted) return;
  if (!built.ok) {
    await write(started, turn, { entries: [buildFailed(change, built.error)] });
    return;
  }
  const { artifact, isCached } = built.value;
  await write(started, turn, {
    entries: [
      {
        ...by(change, "build"),
        type: "dev.cdevents.build.finished",
        data: {
          outcome: "success",
          artifact: artifact.digest,
          steps: artifact.steps,
          isCached,
          sizeBytes: artifact.sizeBytes,
        },
      },
    ],
    documents: [{ kind: "artifact", id: artifact.digest, app: change.app, body: artifact }],
  });
}

/** Notes that a stage has begun, once: a worker that takes it up again has nothing to add. */
async function begin(
  stored: Stored<Change>,
  turn: Turn,
  entry: NewEntry<"dev.cdevents.build.started" | "dev.cdevents.testsuiterun.started">,
): Promise<Stored<Change> | undefined> {
  const stage = entry.type === "dev.cdevents.build.started" ? "build" : "test";
  if (stageOf(stored.body, stage).state === "running") return stored;
  return await write(stored, turn, { entries: [entry] });
}

function buildFailed(change: Change, problem: Problem): NewEntry {
  return {
    ...by(change, "build"),
    type: "dev.cdevents.build.finished",
    data: { outcome: "failure", steps: [], isCached: false, problem },
  };
}

async function test(stored: Stored<Change>, turn: Turn): Promise<void> {
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
          ? testData(report.value)
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

async function assure(stored: Stored<Change>, turn: Turn): Promise<void> {
  const { ports } = turn;
  const change = stored.body;
  const [artifact, report] = await Promise.all([
    artifactOf(change, ports),
    testReportOf(change, ports),
  ]);
  const evidence = await attest({ artifact, change, report }, ports);
  const verified = await verifyEvidence(artifact.digest, evidence, {
    blobs: ports.blobs,
    publicKey: ports.signer.publicKey,
  });
  const decision = decideGate({
    rules: artifact.plan.gate,
    facts: gateFacts({
      change,
      artifact,
      report,
      // What the pre-receive check found was refused there; nothing with a new secret gets this far.
      secrets: { found: 0, allowed: 0 },
      statements: verified.ok ? verified.value : [],
    }),
  });
  await write(stored, turn, {
    entries: [
      ...evidence.map((each): NewEntry => ({
        ...by(change, "assure"),
        type: "dev.cdevents.artifact.signed",
        data: { artifact: each.artifact, bundle: each.bundle },
      })),
      { ...by(change, "assure"), type: "dev.tidegate.gate.decided", data: decision },
    ],
    documents: evidence.map((each) => ({
      kind: "evidence",
      id: `${each.artifact}:${each.predicateType}`,
      app: change.app,
      body: each,
    })),
  });
}

/** Brings the outcome back to the author: into the journal, and as a note on the commit. */
async function tell(stored: Stored<Change>, turn: Turn): Promise<void> {
  const { ports } = turn;
  const change = stored.body;
  const [entries, rollout] = await Promise.all([
    ports.store.entries({ after: 0, limit: 1_000, change: change.id }),
    change.rollout === undefined ? undefined : ports.store.get("rollout", change.rollout),
  ]);
  await ports.repositories.putNote(change.app, change.commit, noteOf(change, entries));
  const failed = change.stages.find(({ state }) => state === "failed");
  await write(stored, turn, {
    entries: [
      {
        ...by(change, "feedback"),
        type: "dev.tidegate.delivery.finished",
        data: {
          state: change.state,
          summary: rollout?.body.reason ?? failed?.summary ?? change.state,
          ...(failed?.problem === undefined ? {} : { problem: failed.problem }),
        },
      },
    ],
  });
}

function lineTo(
  change: ChangeId,
  stage: "build" | "test",
  { changeLogs }: DeliveryPorts,
): (text: string) => void {
  return (text) => {
    changeLogs.append(change, { stage, text });
  };
}

async function testReportOf(change: Change, { store }: DeliveryPorts): Promise<TestReport> {
  const entries = await store.entries({ after: 0, limit: 1_000, change: change.id });
  const finished = entries.findLast(({ type }) => type === "dev.cdevents.testsuiterun.finished");
  return finished?.type === "dev.cdevents.testsuiterun.finished" ? finished.data.report : noReport;
}
