/** What the command line says of times beside what every face says. */
import { formatDurationMs } from "#std";

export { ago, bytes, count, counted, percent, short, spoken } from "#std";

/** How long something took or has been going on for. */
export function took(from: number | undefined, to: number | undefined, now: number): string {
  return from === undefined ? "" : formatDurationMs((to ?? now) - from);
}
