/** What a person's command makes of a rollout. Pure; the controller carries it out and records it. */
import { err, ok, type Result, unreachable } from "#std";
import {
  finalRolloutStates,
  setAgain,
  tryAgain,
  type InvalidInput,
  type Rollout,
  type RolloutCommand,
  type RolloutCommandKind,
  type RolloutStep,
  type StaleStep,
  type WrongState,
} from "#domain";
import { type Decision, wordTo } from "./decision.ts";
import { countedMs, type Step, stepIndexOf, stepInWords, stepsOf, titleOf } from "./steps.ts";

/** A new state (and step) to take, or a decision to carry out as if `decide` had made it. */
export type CommandOutcome =
  | {
      readonly kind: "state";
      readonly state: "paused" | "running";
      readonly reason: string;
      readonly step?: RolloutStep;
    }
  | { readonly kind: "decision"; readonly decision: Decision };

type Refusal = WrongState | StaleStep | InvalidInput;
type Outcome = Result<CommandOutcome, Refusal>;

/**
 * Why a rollout does not take a command now, if so: for its state (`applyCommand`), or for a command that was
 * taken before and is not carried out yet. What was acknowledged is carried out, unless an end makes it void;
 * what has begun to be taken away stays so, and what is being let in can only be taken away.
 */
export function refusalOf(rollout: Rollout, command: RolloutCommand): Refusal | undefined {
  const outcome = applyCommand(rollout, command);
  if (!outcome.ok) return outcome.error;
  const pending = rollout.command?.kind;
  if (pending === undefined || isVoidedBy(pending, command.kind)) return undefined;
  return {
    code: "wrong_state",
    what: "rollout",
    state: `in the middle of: ${pending}`,
    next: `run: tidegate rollout show ${rollout.id}, and then again what you asked for`,
  };
}

function isVoidedBy(pending: RolloutCommandKind, kind: RolloutCommandKind): boolean {
  if (pending === "promote") return kind === "abort";
  return !isEnd(pending) && isEnd(kind);
}

/** Whether it brings the end of a rollout; the others steer one that goes on. */
export function isEnd(kind: RolloutCommandKind): boolean {
  return kind === "promote" || kind === "abort" || kind === "supersede";
}

/**
 * Refuses what has no meaning in the rollout's state (`wrong_state`), what was meant for another step
 * (`stale_step`), and what goes over the evidence without a reason (`invalid_input`); never revives a
 * final one.
 */
export function applyCommand(rollout: Rollout, command: RolloutCommand): Outcome {
  if (finalRolloutStates.has(rollout.state)) {
    return err({ ...overWith(rollout, command.kind), next: nextOfEnded(rollout) });
  }
  if (needsReason(rollout, command)) return err(reasonMissing(command));
  const because = inWords(command);
  switch (command.kind) {
    case "promote":
      return ok({ kind: "decision", decision: { kind: "promote", because } });
    case "abort":
      return ok({ kind: "decision", decision: { kind: "roll_back", because } });
    case "supersede":
      return ok({ kind: "decision", decision: { kind: givingWay(rollout), because } });
    case "pause":
      return pause(rollout, because);
    case "resume":
      return resume(rollout, command, because);
    case "approve":
      return approve(rollout, command, because);
    case "skip-to":
      return skipTo(rollout, command, because);
    default:
      return unreachable(command.kind);
  }
}

/** The bare state would read as if what was asked for had come about: "the rollout is promoted". */
function overWith({ state }: Rollout, kind: RolloutCommandKind): Omit<WrongState, "next"> {
  const left = `over (${state.replaceAll("_", " ")}): there is nothing to ${wordOf[kind]} any more`;
  return { code: "wrong_state", what: "rollout", state: left };
}

const wordOf: Readonly<Record<RolloutCommandKind, string>> = {
  promote: "promote",
  abort: "abort",
  supersede: "replace",
  pause: "pause",
  resume: "resume",
  approve: "approve",
  "skip-to": "skip",
};

/** What can be done about one that has ended: nothing is taken back further than was meant. */
function nextOfEnded({ app, state, configVersion }: Rollout): string {
  switch (state) {
    case "promoted":
      return `everybody was let in; to go back from what is live: tidegate release rollback --app ${app}`;
    case "superseded":
      return `a newer change took its place: tidegate change list --app ${app}`;
    default:
      return (
        "it was taken away, and what was live before it is live; " +
        (configVersion === undefined
          ? `to try it again, push a new commit: ${tryAgain}`
          : setAgain(app))
      );
  }
}

const endsBake = "run: tidegate rollout promote, to end the bake, or tidegate rollout abort";

/** Once everybody has it, a newer change is compared with it and does not take it away. */
function givingWay({ state }: Rollout): "promote" | "roll_back" {
  return state === "baking" ? "promote" : "roll_back";
}

function pause(rollout: Rollout, because: string): Outcome {
  if (rollout.state === "baking") return refused(rollout, endsBake);
  return rollout.state === "running"
    ? ok({ kind: "state", state: "paused", reason: because })
    : refused(rollout, "run: tidegate rollout resume");
}

/** Letting in more than the evidence does is a person's word against it, so it says why. */
function needsReason({ state, verdict }: Rollout, { kind, by, reason }: RolloutCommand): boolean {
  if (reason.trim() !== "" || by === "rollout" || state === "baking") return false;
  return kind === "skip-to" || (kind === "promote" && verdict.kind !== "safe");
}

function reasonMissing({ kind }: RolloutCommand): InvalidInput {
  return {
    code: "invalid_input",
    field: "reason",
    expected: `a reason for the journal: ${kind} does not wait for the evidence`,
  };
}

const done: Readonly<Record<RolloutCommandKind, string>> = {
  promote: "promoted",
  abort: "aborted",
  supersede: "replaced",
  pause: "paused",
  resume: "resumed",
  approve: "approved",
  "skip-to": "skipped ahead",
};

/** The controller notes its own verdict as a command, and a newer change says itself why it came. */
function inWords({ kind, by, reason }: RolloutCommand): string {
  if (by === "rollout" || kind === "supersede") return reason;
  const said = `${done[kind]} by ${by}`;
  return reason.trim() === "" ? said : `${said}: ${reason}`;
}

function resume(rollout: Rollout, command: RolloutCommand, because: string): Outcome {
  if (rollout.state === "running") return refused(rollout, "it runs already");
  if (rollout.state === "baking") return refused(rollout, endsBake);
  // Held since its time is over: it would be held again at once, so say what can be done instead.
  const isOver = countedMs(rollout, command.at) >= rollout.policy.maxDurationMs;
  if (rollout.state === "held" && isOver) {
    return refused(rollout, "run: tidegate rollout promote, or tidegate rollout abort");
  }
  // So would one that asks for a yes. Held there for another reason, such as missing data, it goes on without one.
  const step = (stepIndexOf(rollout) ?? 0) + 1;
  if (rollout.state === "held" && rollout.asks?.includes(wordTo("approve", rollout, step))) {
    return refused(rollout, `run: tidegate rollout approve ${rollout.id} --step ${step}`);
  }
  return ok({ kind: "state", state: "running", reason: because });
}

/** Says yes to the step that it was asked for, and to no other: a late click approves nothing. */
function approve(rollout: Rollout, command: RolloutCommand, because: string): Outcome {
  const { by, reason, at } = command;
  const index = stepIndexOf(rollout);
  const step = index === undefined ? undefined : stepsOf(rollout.policy)[index];
  if (index === undefined || command.step !== index + 1) return stale(rollout, command);
  if (rollout.state === "baking") return refused(rollout, endsBake);
  if (step === undefined || !waitsForPeople(step)) {
    return refused(rollout, `nothing to approve: ${stepInWords(rollout)} waits for the evidence`);
  }
  return ok({
    kind: "state",
    state: rollout.state === "paused" ? "paused" : "running",
    reason: because,
    step: {
      index,
      enteredAt: rollout.step?.enteredAt ?? rollout.startedAt,
      approval: { by, reason, at },
    },
  });
}

function waitsForPeople(step: Step): boolean {
  if (step.kind === "preview" || step.kind === "cohorts") return true;
  return step.kind === "weight" && step.until === "approval";
}

/** Ahead only: a step that is over does not come back, as exposure does not. */
function skipTo(rollout: Rollout, command: RolloutCommand, because: string): Outcome {
  const steps = stepsOf(rollout.policy);
  const { step: asked = 0 } = command;
  const index = stepIndexOf(rollout) ?? -1;
  if (rollout.state === "baking") return refused(rollout, endsBake);
  if (asked <= index + 1 || asked > steps.length) return stale(rollout, command);
  return ok({
    kind: "state",
    state: rollout.state === "paused" ? "paused" : "running",
    reason: because,
    step: { index: asked - 1, enteredAt: command.at },
  });
}

function stale(rollout: Rollout, { step: asked = 0 }: RolloutCommand): Outcome {
  const steps = stepsOf(rollout.policy);
  const index = stepIndexOf(rollout);
  const step = index === undefined ? undefined : steps[index];
  return err({
    code: "stale_step",
    asked,
    current: (index ?? -1) + 1,
    steps: steps.length,
    title: step === undefined ? "not begun" : titleOf(step),
  });
}

function refused(rollout: Rollout, next: string): Outcome {
  return err({ code: "wrong_state", what: "rollout", state: rollout.state, next });
}
