/** Numbers, times and states as people say them: the same in every face. Pure. */

/** Made when a number is first said: not every program that starts says one. */
let grouped: Intl.NumberFormat | undefined;

/** `3,904`. */
export function count(value: number): string {
  grouped ??= new Intl.NumberFormat("en-US");
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

/** `512 B`, `41 kB`, `4.1 MB`, `76.7 GB`. */
export function bytes(size: number): string {
  if (size < 1000) return `${size} B`;
  if (size < 1_000_000) return `${Math.round(size / 1000)} kB`;
  if (size >= 1_000_000_000) return `${(size / 1_000_000_000).toFixed(1)} GB`;
  return `${(size / 1_000_000).toFixed(size < 10_000_000 ? 1 : 0)} MB`;
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

/** `a41c9d2`. */
export function short(commit: string): string {
  return commit.slice(0, 7);
}

/** `rolled_back` as `rolled back`. */
export function spoken(word: string): string {
  return word.replaceAll("_", " ");
}
