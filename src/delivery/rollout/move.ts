/** The controller's hand: a decision becomes documents, entries and routes, in that order. */
import { unreachable } from "#std";
import {
  type NewEntry,
  reasonBeside,
  type Rollout,
  type RolloutCommand,
  type Unmeasured,
} from "#domain";
import { applyCommand, type CommandOutcome, isEnd } from "./command.ts";
import type { Decision } from "./decision.ts";
import { finishWell } from "./ending.ts";
import { finishBadly } from "./ending-badly.ts";
import { type EndingDrive, rolloutPut } from "./ending-parts.ts";
import { isMeant, judgedTogether, ownPart, toldBy } from "./joint.ts";
import { absorb, type Member, withEvidence } from "./look.ts";
import { delayedEntry, exposeEntries } from "./move-entries.ts";
import { noteUnmeasured, unmeasuredEntry } from "./unmeasured.ts";
import { wordsTaken } from "./words-taken.ts";

export interface Move {
  /** All that are driven together, the leader first; one at least. */
  readonly members: readonly Member[];
  /** What each of them would do by itself. */
  readonly own: readonly Decision[];
  /** What all of them do. */
  readonly decision: Decision;
}

/** What becomes of one member by a move. */
interface Next {
  readonly rollout: Rollout;
  readonly entries: readonly NewEntry[];
}

/** Writes a decision down and puts it into effect. A lost race is taken up at the next look. */
export async function carryOut(
  move: Move,
  drive: EndingDrive,
  signal: AbortSignal,
): Promise<"over" | "go on"> {
  const { members, own, decision } = move;
  const now = drive.ports.clock.now();
  const rollouts = await judged(members, drive);
  const finish = { before: members.map(({ stored }) => stored), rollouts, lease: leaseOf(members) };
  switch (decision.kind) {
    case "wait": {
      const nexts = rollouts.map((rollout) =>
        waiting(rollout, { ...decision, because: toldBy(rollout, decision.because) }),
      );
      await save(members, nexts, drive);
      return "go on";
    }
    case "expose": {
      const nexts = rollouts.map((rollout, index): Next => {
        const part = ownPart(decision, own[index]);
        const told = { ...part, because: toldBy(rollout, part.because) };
        const entries = exposeEntries(rollout, told);
        return { rollout: exposed(withReason(rollout, told.because), told, now), entries };
      });
      const saved = await save(members, nexts, drive);
      if (saved) await drive.routes.publish();
      return "go on";
    }
    case "hold": {
      await hold(members, { decision, rollouts }, drive);
      return "go on";
    }
    case "promote":
      return await finishWell({ ...finish, because: decision.because }, drive);
    case "roll_back": {
      const harmed = withTheirHarm(
        rollouts,
        finish.before.map(({ body }) => body),
      );
      return await finishBadly(
        {
          ...finish,
          rollouts: harmed,
          because: decision.because,
          countedUntil: async () => {
            await absorbAll(members, drive);
            return Math.min(...members.map(({ look }) => look.lastIntervalAt));
          },
          // The counts of the last instants, once the candidate is out of the table.
          settle: async () => {
            await absorbAll(members, drive);
            return withTheirHarm(await judged(members, drive), harmed);
          },
        },
        drive,
        signal,
      );
    }
    default:
      return unreachable(decision);
  }
}

async function judged(
  members: readonly Member[],
  { ports }: EndingDrive,
): Promise<readonly Rollout[]> {
  return judgedTogether(
    await Promise.all(
      members.map(async ({ stored, look }) => await withEvidence(stored.body, look, ports)),
    ),
  );
}

async function absorbAll(members: readonly Member[], { ports }: EndingDrive): Promise<void> {
  for (const { stored, look } of members) await absorb(stored.body.id, look, ports);
}

/** All members are written under the one lease of their leader. */
function leaseOf(members: readonly Member[]): Member["look"]["lease"] {
  const [leader] = members;
  if (leader === undefined) throw new Error("a move needs a rollout");
  return leader.look.lease;
}

/**
 * The verdict that took a candidate away is the one that is told, also when the counts that were still on their
 * way change what it is judged by: another unit, or more luck.
 */
function withTheirHarm(
  rollouts: readonly Rollout[],
  earlier: readonly Rollout[],
): readonly Rollout[] {
  return judgedTogether(
    rollouts.map((rollout, index) => {
      const before = earlier[index]?.verdict;
      const isLost = before?.kind === "harmful" && rollout.verdict.kind !== "harmful";
      return isLost ? { ...rollout, verdict: before } : rollout;
    }),
  );
}

function waiting(judgedNow: Rollout, decision: Extract<Decision, { kind: "wait" }>): Next {
  const { because, untilAt } = decision;
  const { delayedUntilAt: before, ...rest } = unasked(withReason(judgedNow, because));
  const isNews = untilAt !== undefined && untilAt !== before;
  return {
    rollout: untilAt === undefined ? rest : { ...rest, delayedUntilAt: untilAt },
    entries: isNews ? [delayedEntry(judgedNow, untilAt, because)] : [],
  };
}

/**
 * Takes the state that a person asked for (paused, running again), before anything is decided: a rollout
 * that is to pause must not take one more step. Gives whether there was something to take.
 */
export async function obey(members: readonly Member[], { ports }: EndingDrive): Promise<boolean> {
  const command = members[0]?.stored.body.command;
  if (command === undefined || isEnd(command.kind)) return false;
  const bodies = members.map(({ stored }) => stored.body);
  const outcome = applyCommand(spokenTo(command, bodies), command);
  const now = ports.clock.now();
  await ports.store.commit({
    documents: members.map(({ stored }) => {
      const { command: _taken, ...rest } = stored.body;
      const state = outcome.ok && outcome.value.kind === "state" ? outcome.value : undefined;
      // Without one it came too late to have a meaning.
      const body = state && inState(rest, ownState(state, { stored, command, bodies }), now);
      return rolloutPut(body ?? rest, stored.version);
    }),
    lease: leaseOf(members),
  });
  return true;
}

type NewState = Extract<CommandOutcome, { kind: "state" }>;

/** The member that a command was said of. */
function spokenTo({ app }: RolloutCommand, bodies: readonly Rollout[]): Rollout {
  const found = bodies.find((body) => body.app === app) ?? bodies[0];
  if (found === undefined) throw new Error("a command needs a rollout");
  return found;
}

/** All go on or pause; a step is taken only by those for whom it is the same. */
function ownState(
  { step: _theirs, ...state }: NewState,
  {
    stored,
    command,
    bodies,
  }: Pick<Member, "stored"> & {
    readonly command: RolloutCommand;
    readonly bodies: readonly Rollout[];
  },
): NewState {
  if (!isMeant(stored.body, command, bodies)) return state;
  const own = applyCommand(stored.body, command);
  return own.ok && own.value.kind === "state" ? own.value : state;
}

/** Writes down which guardrails are not measured, and tells of each once. Gives whether there was news. */
export async function tellUnmeasured(
  members: readonly Member[],
  { ports }: EndingDrive,
): Promise<boolean> {
  const now = ports.clock.now();
  const news = members.flatMap(({ stored, look }) => {
    const { body, version } = stored;
    const { unmeasured, told } = noteUnmeasured(body, look.problems, now);
    const isNews = told.length > 0 || unmeasured.some((one, index) => !isSame(one, body, index));
    return isNews ? [{ told, body, next: { ...body, unmeasured }, version }] : [];
  });
  if (news.length === 0) return false;
  const written = await ports.store.commit({
    entries: news.flatMap(({ told, body }) => told.map((one) => unmeasuredEntry(body, one))),
    documents: news.map(({ next, version }) => rolloutPut(next, version)),
    lease: leaseOf(members),
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
  { waitsSince, asks: _answered, ...rollout }: Rollout,
  { state, reason, step }: Extract<CommandOutcome, { kind: "state" }>,
  now: number,
): Rollout {
  const waited = (rollout.waitedMs ?? 0) + (waitsSince === undefined ? 0 : now - waitsSince);
  return {
    ...rollout,
    state,
    reason,
    ...(waited > 0 ? { waitedMs: waited } : {}),
    ...(state === "paused" ? { waitsSince: now, asks: toGoOn({ ...rollout, state }, now) } : {}),
    ...(step === undefined ? {} : { step }),
  };
}

function toGoOn(paused: Rollout, now: number): string {
  return wordsTaken(paused, ["resume", "abort"], now);
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
export function held(
  rollout: Rollout,
  { because, next: asks }: { readonly because: string; readonly next: string },
  now: number,
): Rollout {
  const reason = lastingReason(because, [rollout]);
  return rollout.state === "baking"
    ? { ...rollout, reason, asks, waitsSince: rollout.waitsSince ?? now }
    : { ...rollout, state: "held", reason, asks, waitsSince: now };
}

/**
 * The reason stays as long as the question, and the verdict that it quotes goes on: its numbers would be told twice,
 * and differ. What is left of a verdict is its first words.
 */
function lastingReason(
  because: string,
  rollouts: readonly Pick<Rollout, "app" | "verdict">[],
): string {
  const quoted = rollouts.find(
    ({ verdict: { sentence } }) => sentence !== "" && because.includes(sentence),
  );
  if (quoted === undefined) return because;
  const { app, verdict } = quoted;
  const own = reasonBeside(because, verdict.sentence);
  const words = verdict.sentence.slice(0, Math.max(0, verdict.sentence.indexOf(":")));
  if (own === "") return words;
  return own === app ? `${app}: ${words}` : own;
}

/** A bake that can be judged again waits for nobody. */
function unasked(rollout: Rollout): Rollout {
  if (rollout.state !== "baking") return rollout;
  const { waitsSince: _over, asks: _answered, ...rest } = rollout;
  return rest;
}

/** Why it is paused or held stays said while it is. */
function withReason(rollout: Rollout, because: string): Rollout {
  const isWaiting = rollout.state === "paused" || rollout.state === "held";
  return isWaiting ? rollout : { ...rollout, reason: because };
}

/** Writes what differs from what is stored, of all members at once. A lost race is taken up at the next look. */
async function save(
  members: readonly Member[],
  nexts: readonly Next[],
  { ports }: EndingDrive,
): Promise<boolean> {
  const entries = nexts.flatMap((next) => next.entries);
  const documents = members.flatMap(({ stored }, index) => {
    const body = nexts[index]?.rollout;
    if (body === undefined || JSON.stringify(body) === JSON.stringify(stored.body)) return [];
    return [rolloutPut(body, stored.version)];
  });
  if (entries.length === 0 && documents.length === 0) return false;
  const written = await ports.store.commit({ entries, documents, lease: leaseOf(members) });
  return written.ok;
}

interface Holding {
  readonly decision: Extract<Decision, { kind: "hold" }>;
  readonly rollouts: readonly Rollout[];
}

/** What a person is asked: of another app, whose manifest need not be known here, only where to look. */
function askedOf(
  rollout: Rollout,
  { because, next }: Extract<Decision, { kind: "hold" }>,
): { readonly because: string; readonly next: string } {
  const told = toldBy(rollout, because);
  return { because: told, next: told === because ? next : `tidegate rollout show ${rollout.id}` };
}

async function hold(
  members: readonly Member[],
  { decision, rollouts }: Holding,
  drive: EndingDrive,
): Promise<void> {
  const { ports, ending } = drive;
  const now = ports.clock.now();
  const reason = lastingReason(decision.because, rollouts);
  const bodies = rollouts.map((rollout) => {
    const { because, next } = askedOf(rollout, { ...decision, because: reason });
    return held(rollout, { because, next }, now);
  });
  const [leader] = members;
  if (leader === undefined || leader.stored.body.state === "held") return;
  if (leader.stored.body.state === "baking" && leader.stored.body.waitsSince !== undefined) {
    const nexts = bodies.map((rollout): Next => ({ rollout, entries: [] }));
    await save(members, nexts, drive); // asked already
    return;
  }
  const parts = await Promise.all(
    bodies.map(async (body) => {
      const entry: NewEntry = {
        type: "dev.tidegate.rollout.held",
        app: body.app,
        change: body.change,
        actor: "rollout",
        data: { rollout: body.id, ...askedOf(body, decision) },
      };
      return { entry, extras: await ending.moveOn(body, entry) };
    }),
  );
  await ports.store.commit({
    entries: parts.map(({ entry }) => entry),
    documents: [
      ...members.flatMap(({ stored }, index) => {
        const body = bodies[index];
        return body === undefined ? [] : [rolloutPut(body, stored.version)];
      }),
      ...parts.flatMap(({ extras }) => extras.documents),
    ],
    enqueue: parts.flatMap(({ extras }) => extras.enqueue),
    lease: leaseOf(members),
  });
}
