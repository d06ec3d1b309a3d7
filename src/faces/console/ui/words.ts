/** Numbers, times and states as people say them: the same words as the command line's. */

const grouped = new Intl.NumberFormat("en-GB");
const whole = new Intl.DateTimeFormat("en-GB", {
  dateStyle: "full",
  timeStyle: "long",
});
const clock = new Intl.DateTimeFormat("en-GB", { timeStyle: "medium" });

/** `3,904`. */
export function count(value: number): string {
  return grouped.format(value);
}

/** `1 user`, `61 users`. */
export function counted(value: number, noun: string): string {
  return `${count(value)} ${noun}${value === 1 ? "" : "s"}`;
}

/** A ratio 0..1 with the digits that tell something: `47.5 %`, `0.19 %`, `0 %`. */
export function percent(ratio: number): string {
  const value = ratio * 100;
  if (value === 0) return "0 %";
  const digits = Math.abs(value) >= 10 ? 1 : 2;
  return `${Number(value.toFixed(digits))} %`;
}

/** A difference of ratios in percentage points, signed: `+0.42 points`, `−1.1 points`. */
export function points(difference: number): string {
  const value = Number((difference * 100).toFixed(2));
  const sign = value > 0 ? "+" : value < 0 ? "−" : "±";
  return `${sign}${Math.abs(value)} points`;
}

/** `just now`, `3 min ago`, `2 h ago`, `5 d ago`: one unit, because nobody needs the second. */
export function ago(at: number, now: number): string {
  const ms = now - at;
  if (ms < 5_000) return "just now";
  const seconds = Math.floor(ms / 1000);
  if (seconds < 60) return `${seconds} s ago`;
  const minutes = Math.floor(seconds / 60);
  if (minutes < 60) return `${minutes} min ago`;
  const hours = Math.floor(minutes / 60);
  return hours < 48 ? `${hours} h ago` : `${Math.floor(hours / 24)} d ago`;
}

/** Day and time in the reader's zone: `Wednesday, 25 November 2026 at 20:58:08 GMT`. */
export function instant(at: number): string {
  return whole.format(at);
}

/** `20:58:08` in the reader's zone. */
export function timeOfDay(at: number): string {
  return clock.format(at);
}

/** `a41c9d2`. */
export function short(commit: string): string {
  return commit.slice(0, 7);
}

/** `rolled_back` as `rolled back`. */
export function spoken(word: string): string {
  return word.replaceAll("_", " ");
}

/** `512 B`, `41 kB`, `4.1 MB`, `76.7 GB`. */
export function bytes(size: number): string {
  if (size < 1000) return `${size} B`;
  if (size < 1_000_000) return `${Math.round(size / 1000)} kB`;
  if (size >= 1_000_000_000) return `${(size / 1_000_000_000).toFixed(1)} GB`;
  return `${(size / 1_000_000).toFixed(size < 10_000_000 ? 1 : 0)} MB`;
}
