/** When a push may let its author go, and what it says then. */
import type { Change, JournalEntry } from "#domain";

/**
 * Whether the push output ends with this entry. `default`: the change met its first users, is held for
 * a person, or reached its end. `wait`: it reached its end.
 */
export function mayPushEnd(entry: JournalEntry, mode: "default" | "wait"): boolean {
  if (entry.type === "dev.tidegate.delivery.finished") return entry.data.state !== "delivering";
  if (mode === "wait") return false;
  if (entry.type === "dev.tidegate.rollout.exposure_changed") return entry.data.to > 0;
  // Held is no end, but only a person can bring one: a terminal must not hang until then.
  return (
    entry.type === "dev.cdevents.service.published" || entry.type === "dev.tidegate.rollout.held"
  );
}

/** Renders the last lines of a push that ends before its delivery does; none when nothing is left to tell. */
export function renderPushEnd(entry: JournalEntry, change: Change): readonly string[] {
  if (entry.type !== "dev.tidegate.rollout.exposure_changed") return [];
  return [
    "",
    "It is open to its first users. The rest goes on without you; to see it:",
    `  tidegate change watch ${change.id}`,
  ];
}
