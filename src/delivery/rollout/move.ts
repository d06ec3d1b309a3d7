/** The controller's hand: a decision becomes documents, entries and routes, in that order. */
import { unreachable } from "#std";
import { type NewEntry, reasonBeside, type Rollout, type Stored, type Unmeasured } from "#domain";
import { applyCommand, type CommandOutcome, isEnd } from "./command.ts";
import type { Decision } from "./decision.ts";
import { type EndingDrive, finishBadly, finishWell } from "./ending.ts";
import { absorb, type Look, withEvidence } from "./look.ts";
import { stepsOf, titleOf } from "./steps.ts";
import { noteUnmeasured, unmeasuredEntry } from "./unmeasured.ts";

export interface Move {
  readonly stored: Stored<Rollout>;
  readonly decision: Decision;
  readonly look: Look;
}

/** Writes a decision down and puts it into effect. A lost race is taken up at the next look. */
export async function carryOut(
  move: Move,
  drive: EndingDrive,
  signal: AbortSignal,
): Promise<"over" | "go on"> {
  const { stored, decision, look } = move;
  const now = drive.ports.clock.now();
  const rollout = await withEvidence(stored.body, look, drive.ports);
  switch (decision.kind) {
    case "wait": {
      const { delayedUntilAt: _before, ...rest } = unasked(withReason(rollout, decision.because));
      const { untilAt } = decision;
      const next = untilAt === undefined ? rest : { ...rest, delayedUntilAt: untilAt };
      const isNews = untilAt !== undefined && untilAt !== stored.body.delayedUntilAt;
      const entries = isNews ? [delayedEntry(rollout, untilAt, decision.because)] : [];
      await save(move, { next, entries }, drive);
      return "go on";
    }
    case "expose": {
      const next = exposed(withReason(rollout, decision.because), decision, now);
      const entries = exposeEntries(rollout, decision);
      const saved = await save(move, { next, entries }, drive);
      if (saved) await drive.routes.publish();
      return "go on";
    }
    case "hold": {
      await hold(move, held(rollout, decision.because, now), drive);
      return "go on";
    }
    case "promote":
      return await finishWell(
        { stored, rollout, lease: look.lease, because: decision.because },
        drive,
      );
    case "roll_back":
      return await finishBadly(
        {
          stored,
          rollout: withItsHarm(rollout, stored.body),
          lease: look.lease,
          because: decision.because,
          countedUntil: async () => {
            await absorb(rollout.id, look, drive.ports);
            return look.lastIntervalAt;
          },
          // The counts of the last instants, once the candidate is out of the table.
          settle: async () => {
            await absorb(rollout.id, look, drive.ports);
            const settled = await withEvidence(rollout, look, drive.ports);
            return withItsHarm(settled, withItsHarm(rollout, stored.body));
          },
        },
        drive,
        signal,
      );
    default:
      return unreachable(decision);
  }
}

/**
 * The verdict that took a candidate away is the one that is told, also when the counts that were still on their
 * way change what it is judged by: another unit, or more luck.
 */
function withItsHarm(rollout: Rollout, before: Rollout): Rollout {
  const isLost = before.verdict.kind === "harmful" && rollout.verdict.kind !== "harmful";
  return isLost ? { ...rollout, verdict: before.verdict } : rollout;
}

/**
 * Takes the state that a person asked for (paused, running again), before anything is decided: a rollout
 * that is to pause must not take one more step. Gives whether there was something to take.
 */
export async function obey(
  stored: Stored<Rollout>,
  look: Look,
  { ports }: EndingDrive,
): Promise<boolean> {
  const { command, ...rest } = stored.body;
  if (command === undefined || isEnd(command.kind)) return false;
  const outcome = applyCommand(stored.body, command);
  const body: Rollout =
    outcome.ok && outcome.value.kind === "state"
      ? inState(rest, outcome.value, ports.clock.now())
      : rest; // it came too late to have a meaning
  await ports.store.commit({
    documents: [{ kind: "rollout", id: body.id, app: body.app, body, ifVersion: stored.version }],
    lease: look.lease,
  });
  return true;
}

/** Writes down which guardrails are not measured, and tells of each once. Gives whether there was news. */
export async function tellUnmeasured(
  { body, version }: Stored<Rollout>,
  look: Look,
  { ports }: EndingDrive,
): Promise<boolean> {
  const noted = noteUnmeasured(body, look.problems, ports.clock.now());
  const { unmeasured, told } = noted;
  const isNews = told.length > 0 || unmeasured.some((one, index) => !isSame(one, body, index));
  if (!isNews) return false;
  const next: Rollout = { ...body, unmeasured };
  const written = await ports.store.commit({
    entries: told.map((one) => unmeasuredEntry(body, one)),
    documents: [{ kind: "rollout", id: body.id, app: body.app, body: next, ifVersion: version }],
    lease: look.lease,
  });
  return written.ok;
}

/** Words that only count on (for how long, how many) are no news. */
function isSame(one: Unmeasured, { unmeasured = [] }: Rollout, index: number): boolean {
  const before = unmeasured[index];
  return before !== undefined && before.isOver === one.isOver && before.next === one.next;
}

/** The rollout as a person wants it; while it waits for one, its time does not run out. */
function inState(
  { waitsSince, ...rollout }: Rollout,
  { state, reason, step }: Extract<CommandOutcome, { kind: "state" }>,
  now: number,
): Rollout {
  const waited = (rollout.waitedMs ?? 0) + (waitsSince === undefined ? 0 : now - waitsSince);
  return {
    ...rollout,
    state,
    reason,
    ...(waited > 0 ? { waitedMs: waited } : {}),
    ...(state === "paused" ? { waitsSince: now } : {}),
    ...(step === undefined ? {} : { step }),
  };
}

/** The rollout after a move of exposure. Pure. */
export function exposed(
  rollout: Rollout,
  { to, step }: Extract<Decision, { kind: "expose" }>,
  now: number,
): Rollout {
  const { delayedUntilAt: _over, ...rest } = rollout;
  return {
    ...rest,
    exposure: to,
    ...(to > 0 ? { firstExposedAt: rollout.firstExposedAt ?? now } : {}),
    ...(step === undefined ? {} : { step: { index: step, enteredAt: now } }),
  };
}

/**
 * The rollout while a person is asked. One that bakes stays so, since everybody has its candidate: the question
 * stands until it is answered, or until what raised it is over. Pure.
 */
export function held(rollout: Rollout, because: string, now: number): Rollout {
  // The reason stays as long as the question, and the verdict goes on: its numbers would be told twice, and differ.
  const own = reasonBeside(because, rollout.verdict.sentence);
  const reason = own === "" ? because.slice(0, Math.max(0, because.indexOf(":"))) : own;
  return rollout.state === "baking"
    ? { ...rollout, reason, waitsSince: rollout.waitsSince ?? now }
    : { ...rollout, state: "held", reason, waitsSince: now };
}

/** A bake that can be judged again waits for nobody. */
function unasked(rollout: Rollout): Rollout {
  if (rollout.state !== "baking") return rollout;
  const { waitsSince: _over, ...rest } = rollout;
  return rest;
}

/** Why it is paused or held stays said while it is. */
function withReason(rollout: Rollout, because: string): Rollout {
  const isWaiting = rollout.state === "paused" || rollout.state === "held";
  return isWaiting ? rollout : { ...rollout, reason: because };
}

/** Writes the rollout if it differs from what is stored. A lost race is taken up at the next look. */
async function save(
  { stored, look }: Move,
  { next: body, entries = [] }: { readonly next: Rollout; readonly entries?: readonly NewEntry[] },
  { ports }: EndingDrive,
): Promise<boolean> {
  if (entries.length === 0 && JSON.stringify(body) === JSON.stringify(stored.body)) return false;
  const written = await ports.store.commit({
    entries,
    documents: [{ kind: "rollout", id: body.id, app: body.app, body, ifVersion: stored.version }],
    lease: look.lease,
  });
  return written.ok;
}

async function hold(move: Move, rollout: Rollout, drive: EndingDrive): Promise<void> {
  const { stored, decision, look } = move;
  if (decision.kind !== "hold" || stored.body.state === "held") return;
  if (stored.body.state === "baking" && stored.body.waitsSince !== undefined) {
    await save(move, { next: rollout }, drive); // asked already
    return;
  }
  const entry: NewEntry = {
    type: "dev.tidegate.rollout.held",
    app: rollout.app,
    change: rollout.change,
    actor: "rollout",
    data: { rollout: rollout.id, because: decision.because, next: decision.next },
  };
  const extras = await drive.ending.moveOn(rollout, entry);
  await drive.ports.store.commit({
    entries: [entry],
    documents: [
      {
        kind: "rollout",
        id: rollout.id,
        app: rollout.app,
        body: rollout,
        ifVersion: stored.version,
      },
      ...extras.documents,
    ],
    enqueue: extras.enqueue,
    lease: look.lease,
  });
}

function delayedEntry(
  { id, app, change }: Rollout,
  untilAt: number,
  because: string,
): NewEntry<"dev.tidegate.rollout.delayed"> {
  return {
    type: "dev.tidegate.rollout.delayed",
    app,
    change,
    actor: "rollout",
    data: { rollout: id, untilAt, because },
  };
}

/** The step first, then who is let in with it. */
function exposeEntries(
  rollout: Rollout,
  decision: Extract<Decision, { kind: "expose" }>,
): readonly NewEntry[] {
  const steps = stepsOf(rollout.policy);
  const step = decision.step === undefined ? undefined : steps[decision.step];
  const isEntered = decision.step !== undefined && decision.step !== rollout.step?.index;
  const entered: readonly NewEntry[] =
    step === undefined || decision.step === undefined || !isEntered
      ? []
      : [
          {
            type: "dev.tidegate.rollout.step_entered",
            app: rollout.app,
            change: rollout.change,
            actor: "rollout",
            data: {
              rollout: rollout.id,
              step: decision.step + 1,
              steps: steps.length,
              kind: step.kind,
              title: titleOf(step),
              because: decision.because,
            },
          },
        ];
  return decision.to === rollout.exposure
    ? entered
    : [...entered, exposureEntry(rollout, decision)];
}

function exposureEntry(
  rollout: Rollout,
  decision: Extract<Decision, { kind: "expose" }>,
): NewEntry<"dev.tidegate.rollout.exposure_changed"> {
  return {
    type: "dev.tidegate.rollout.exposure_changed",
    app: rollout.app,
    change: rollout.change,
    actor: "rollout",
    data: {
      rollout: rollout.id,
      from: rollout.exposure,
      to: decision.to,
      because: decision.because,
      verdict: rollout.verdict,
      totals: rollout.totals,
    },
  };
}
