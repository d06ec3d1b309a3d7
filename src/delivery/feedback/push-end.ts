/** When a push may let its author go, and what it says then. */
import type { Change, EventData, JournalEntry } from "#domain";

/**
 * Whether the push output ends with this entry. `default`: the change met its first users, is held for
 * a person, or reached its end. `wait`: it reached its end.
 */
export function mayPushEnd(entry: JournalEntry, mode: "default" | "wait"): boolean {
  if (entry.type === "dev.tidegate.delivery.finished") return entry.data.state !== "delivering";
  if (mode === "wait") return false;
  if (entry.type === "dev.tidegate.rollout.exposure_changed") return entry.data.to > 0;
  // What comes before chance lets anybody in may take hours, or a person.
  if (entry.type === "dev.tidegate.rollout.step_entered") return isBeforeChance(entry.data.kind);
  if (entry.type === "dev.tidegate.rollout.delayed") return true;
  // Held is no end, but only a person can bring one: a terminal must not hang until then.
  return (
    entry.type === "dev.cdevents.service.published" || entry.type === "dev.tidegate.rollout.held"
  );
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
  const isDelayed = entry.type === "dev.tidegate.rollout.delayed";
  const isStep = entry.type === "dev.tidegate.rollout.step_entered";
  if (entry.type !== "dev.tidegate.rollout.exposure_changed" && !isDelayed && !isStep) return [];
  const where =
    isDelayed || isStep ? "Nobody has it by chance yet." : "It is open to its first users.";
  const watch = `  tidegate change watch ${change.id}`;
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
