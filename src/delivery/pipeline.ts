/**
 * The plot: source -> build -> test -> assure -> rollout -> feedback.
 *
 * Journal entries in, next step out; no other file knows the order. Both functions are pure: a change is
 * what its entries add up to, and the step that follows is read off the change, so a worker that dies is
 * followed by one that reads the change and goes on.
 */
import {
  type Change,
  type EventData,
  type EventType,
  finalChangeStates,
  type NewEntry,
  type Problem,
  type RolloutCommandKind,
  type StageName,
  type StageRecord,
  type StageState,
  type TakenBackBy,
  stageNames,
} from "#domain";
import { some } from "#std";
import { replacedWords } from "#delivery/feedback";

export type Step =
  | { readonly kind: "run"; readonly stage: "build" | "test" | "assure" | "rollout" }
  /** The rollout drives itself and hands the change back when it has ended. */
  | { readonly kind: "await_rollout" }
  /** The outcome is known and the author has not been told. */
  | { readonly kind: "tell" }
  | { readonly kind: "over" };

/** Gives what comes next for a change. */
export function nextStep(change: Change): Step {
  const state = (name: StageName): StageState => stageOf(change, name).state;
  if (finalChangeStates.has(change.state)) {
    return state("feedback") === "passed" ? { kind: "over" } : { kind: "tell" };
  }
  if (state("build") !== "passed") return { kind: "run", stage: "build" };
  if (state("test") === "waiting" || state("test") === "running") {
    return { kind: "run", stage: "test" };
  }
  if (state("assure") !== "passed") return { kind: "run", stage: "assure" };
  return change.rollout === undefined
    ? { kind: "run", stage: "rollout" }
    : { kind: "await_rollout" };
}

/**
 * Gives the change as it is after an entry. Entries of other nouns leave it as it is, and what comes late
 * does not wake a change that is over; only one that everybody had can still be taken back.
 */
export function foldChange(change: Change, entry: NewEntry, at: number): Change {
  if (finalChangeStates.has(change.state) && !endTypes.has(entry.type)) return change;
  return foldStages(change, entry, at);
}

const endTypes: ReadonlySet<EventType> = new Set<EventType>([
  "dev.cdevents.service.rolledback",
  "dev.tidegate.change.taken_back",
  "dev.tidegate.change.restored",
  "dev.tidegate.delivery.finished",
]);

function foldStages(change: Change, entry: NewEntry, at: number): Change {
  switch (entry.type) {
    case "dev.cdevents.build.started":
      return withStage(change, "build", { state: "running", startedAt: at });
    case "dev.cdevents.build.finished":
      return afterBuild(change, entry.data, at);
    case "dev.cdevents.testsuiterun.started":
      return withStage(change, "test", { state: "running", startedAt: at });
    case "dev.cdevents.testsuiterun.finished":
      return afterTests(change, entry.data, at);
    case "dev.tidegate.gate.decided":
      return afterGate(change, entry.data, at);
    default:
      return foldRollout(change, entry, at);
  }
}

function afterBuild(
  change: Change,
  { outcome, problem, artifact, isCached }: EventData["dev.cdevents.build.finished"],
  at: number,
): Change {
  if (outcome === "failure") return failed(change, "build", { at, problem });
  const built = withStage(change, "build", {
    state: "passed",
    finishedAt: at,
    ...(isCached ? { summary: "cached" } : {}),
  });
  return artifact === undefined ? built : { ...built, artifact };
}

function afterTests(
  change: Change,
  { outcome, report, problem }: EventData["dev.cdevents.testsuiterun.finished"],
  at: number,
): Change {
  if (outcome === "failure") return failed(change, "test", { at, problem });
  const hasTests = outcome !== "none";
  return withStage(change, "test", {
    state: hasTests ? "passed" : "skipped",
    finishedAt: at,
    summary: hasTests ? `${report.counts.passed} passed` : "no tests",
  });
}

function afterGate(
  change: Change,
  { passed, rules }: EventData["dev.tidegate.gate.decided"],
  at: number,
): Change {
  const begun = withStage(change, "assure", { startedAt: at });
  if (passed) {
    const untested = rules.some(({ isUntested }) => isUntested === true) ? ", no test was run" : "";
    const summary = `${rules.length} of ${rules.length} rules${untested}`;
    return withStage(begun, "assure", { state: "passed", finishedAt: at, summary });
  }
  const lost = rules.filter(({ outcome }) => outcome !== "passed");
  const problem: Problem = {
    code: "gate_closed",
    message: lost.map(({ name, because }) => `${name}: ${because}`).join("; "),
    where: "gate",
    next: "meet the rule, or change it under `gate:` in tidegate.yaml",
  };
  return failed(begun, "assure", { at, problem });
}

/** What a person says to a rollout that is held for them, and it goes on. */
const goesOn: ReadonlySet<RolloutCommandKind> = new Set(["resume", "approve", "skip-to"]);

function foldRollout(change: Change, entry: NewEntry, at: number): Change {
  switch (entry.type) {
    case "dev.cdevents.service.deployed":
      // To start it is the rollout's work already.
      return { ...begin(change, "rollout", at - entry.data.readyMs), release: entry.data.release };
    case "dev.tidegate.release.failed":
      return failed(begin(change, "rollout", at - entry.data.tookMs), "rollout", {
        at,
        problem: entry.data.problem,
      });
    case "dev.tidegate.rollout.held":
      return { ...change, state: "held" };
    case "dev.tidegate.rollout.commanded":
      return change.state === "held" && goesOn.has(entry.data.command)
        ? { ...change, state: "delivering" }
        : change;
    case "dev.cdevents.service.published":
      return {
        ...withStage(change, "rollout", { state: "passed", finishedAt: at }),
        state: "live",
        everybodyAt: at,
        finishedAt: at,
      };
    case "dev.cdevents.service.rolledback":
      return takenBack(change, entry.data, at);
    case "dev.tidegate.change.superseded":
      return {
        ...skipped(
          change,
          at,
          entry.data.replaced === undefined ? "superseded" : replacedWords(entry.data.replaced),
        ),
        state: "superseded",
        supersededBy: entry.data.by,
        finishedAt: at,
      };
    case "dev.tidegate.delivery.finished":
      return ended(
        withStage(change, "feedback", { state: "passed", startedAt: at, finishedAt: at }),
        {
          at,
          state: entry.data.state,
        },
      );
    default:
      return foldBeginning(foldWayBack(change, entry, at), entry, at);
  }
}

/** What a way back to or behind another release makes of a change. */
function foldWayBack(change: Change, entry: NewEntry, at: number): Change {
  switch (entry.type) {
    case "dev.tidegate.change.taken_back":
      return takenBack(change, entry.data, at);
    case "dev.tidegate.change.restored":
      return tellAgain({
        ...withStage(without(change, "takenBackBy"), "rollout", {
          state: "passed",
          summary: entry.data.because,
        }),
        state: "live",
        everybodyAt: at,
        finishedAt: at,
      });
    default:
      return change;
  }
}

/**
 * Harm fails the rollout. A person's word is no finding: a rollout that had let everybody in stays passed, and
 * one that was under way has no result.
 */
function takenBack(
  change: Change,
  { because, by }: { readonly because: string; readonly by?: TakenBackBy },
  at: number,
): Change {
  const result = by === undefined ? "failed" : "skipped";
  const hadPassed = stageOf(change, "rollout").state === "passed" && by !== undefined;
  const stage = hadPassed ? {} : ({ state: result, finishedAt: at } as const);
  return tellAgain({
    ...withStage(without(change, "takenBackBy"), "rollout", { ...stage, summary: because }),
    state: "rolled_back",
    finishedAt: at,
    ...some("takenBackBy", by),
  });
}

/** How it comes into a rollout, alone or with changes of other apps. */
function foldBeginning(change: Change, entry: NewEntry, at: number): Change {
  switch (entry.type) {
    case "dev.tidegate.rollout.gathering":
      return { ...begin(change, "rollout", at), gathering: { untilAt: entry.data.untilAt } };
    case "dev.tidegate.rollout.started":
      return { ...without(begin(change, "rollout", at), "gathering"), rollout: entry.data.rollout };
    case "dev.tidegate.rollout.regrouped":
      return {
        ...without(change, "rollout"),
        state: "delivering",
        gathering: { untilAt: entry.data.untilAt },
      };
    default:
      return change;
  }
}

function without(change: Change, part: "gathering" | "rollout" | "takenBackBy"): Change {
  const { [part]: _gone, ...rest } = change;
  return rest;
}

/** A change that did not come to an end of its own ends with its last entry. */
function ended(
  change: Change,
  { state, at }: { readonly state: Change["state"]; readonly at: number },
): Change {
  const isOver = finalChangeStates.has(change.state) || !finalChangeStates.has(state);
  return isOver ? change : { ...change, state, finishedAt: at };
}

/** A change that was live and is taken back has a new outcome, of which its author has not heard. */
function tellAgain(change: Change): Change {
  return withStage(change, "feedback", { state: "waiting" });
}

/** A stage that was under way when its change gave way has no result. */
function skipped(change: Change, at: number, summary: string): Change {
  const running = change.stages.find(({ state }) => state === "running");
  return running === undefined
    ? change
    : withStage(change, running.name, { state: "skipped", finishedAt: at, summary });
}

function begin(change: Change, name: StageName, at: number): Change {
  const { state, startedAt } = stageOf(change, name);
  return state === "waiting"
    ? withStage(change, name, { state: "running", startedAt: startedAt ?? at })
    : change;
}

function failed(
  change: Change,
  name: StageName,
  { at, problem }: { readonly at: number; readonly problem: StageRecord["problem"] },
): Change {
  const record: Partial<StageRecord> = {
    state: "failed",
    finishedAt: at,
    ...(problem === undefined ? {} : { problem, summary: problem.message }),
  };
  return { ...withStage(change, name, record), state: "failed", finishedAt: at };
}

export function stageOf(change: Change, name: StageName): StageRecord {
  return change.stages.find((stage) => stage.name === name) ?? { name, state: "waiting" };
}

function withStage(change: Change, name: StageName, next: Partial<StageRecord>): Change {
  return {
    ...change,
    stages: stageNames.map((each) =>
      each === name ? { ...stageOf(change, name), ...next } : stageOf(change, each),
    ),
  };
}
