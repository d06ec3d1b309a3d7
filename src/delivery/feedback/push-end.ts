/** When a push may let its author go, and what it says then. */
import type { Change, EventData, JournalEntry } from "#domain";

/**
 * Whether the push output ends with this entry. `default`: the change met its first users, waits for
 * a person, or reached its end. `wait`: it waits for a person, or reached its end.
 */
export function mayPushEnd(entry: JournalEntry, mode: "default" | "wait"): boolean {
  if (entry.type === "dev.tidegate.delivery.finished") return entry.data.state !== "delivering";
  // Held or paused is no end, but only a person can bring one: a terminal must not hang until then.
  if (waitsForPerson(entry)) return true;
  if (mode === "wait") return false;
  if (entry.type === "dev.tidegate.rollout.exposure_changed") return entry.data.to > 0;
  // What comes before chance lets anybody in may take hours, or a person.
  if (entry.type === "dev.tidegate.rollout.step_entered") return isBeforeChance(entry.data.kind);
  if (entry.type === "dev.tidegate.rollout.delayed") return true;
  return entry.type === "dev.cdevents.service.published";
}

function waitsForPerson({ type, data }: JournalEntry): boolean {
  if (type === "dev.tidegate.rollout.held") return true;
  return type === "dev.tidegate.rollout.commanded" && data.command === "pause";
}

function isBeforeChance(kind: EventData["dev.tidegate.rollout.step_entered"]["kind"]): boolean {
  return kind === "shadow" || kind === "cohorts" || kind === "preview";
}

/** A step that a person has to approve: the one that the rollout is in, or one to come. */
export interface AskedFor {
  readonly isNow: boolean;
  readonly step: string;
  readonly command: string;
  /** Who may, as words: "an approver, operator or admin of shop". */
  readonly whom: string;
}

/** Renders the last lines of a push that ends before its delivery does; none when nothing is left to tell. */
export function renderPushEnd(
  entry: JournalEntry,
  change: Change,
  asked?: AskedFor,
): readonly string[] {
  const watch = `  tidegate change watch ${change.id}`;
  if (waitsForPerson(entry)) return waitingEnd(entry, { app: change.app, watch });
  const isDelayed = entry.type === "dev.tidegate.rollout.delayed";
  const isStep = entry.type === "dev.tidegate.rollout.step_entered";
  if (entry.type !== "dev.tidegate.rollout.exposure_changed" && !isDelayed && !isStep) return [];
  const where =
    isDelayed || isStep ? "Nobody has it by chance yet." : "It is open to its first users.";
  if (asked === undefined) return ["", `${where} The rest goes on without you; to see it:`, watch];
  const { isNow, step, command, whom } = asked;
  if (!isNow) {
    return [
      "",
      `${where} It goes on by itself until ${step},`,
      `which ${whom} has to approve; to see it:`,
      watch,
    ];
  }
  return [
    "",
    `${where} It goes no further before ${whom}`,
    `has approved ${step}:`,
    `  ${command}`,
    "To see it:",
    watch,
  ];
}

/** What is asked was told with the question; a pause asks nothing, and says here how it ends. */
function waitingEnd(
  { type }: JournalEntry,
  { app, watch }: { readonly app: string; readonly watch: string },
): readonly string[] {
  const isPause = type === "dev.tidegate.rollout.commanded";
  const toGoOn = [
    `  tidegate rollout resume --app ${app}`,
    `  tidegate rollout abort --app ${app}`,
  ];
  return [
    "",
    isPause
      ? "It is paused, and a push does not wait for people. To have it go on, or to end it:"
      : "It waits for a person, and a push does not. To see what comes of it:",
    ...(isPause ? [...toGoOn, "To see what comes of it:"] : []),
    watch,
  ];
}
