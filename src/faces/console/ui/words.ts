/** What the console says of numbers and times beside what every face says. */
export { ago, bytes, count, counted, percent, short, spoken } from "#std";

const whole = new Intl.DateTimeFormat("en-GB", {
  dateStyle: "full",
  timeStyle: "long",
});
const clock = new Intl.DateTimeFormat("en-GB", { timeStyle: "medium" });

/** A difference of ratios in percentage points, signed: `+0.42 points`, `−1.1 points`. */
export function points(difference: number): string {
  const value = Number((difference * 100).toFixed(2));
  const sign = value > 0 ? "+" : value < 0 ? "−" : "±";
  return `${sign}${Math.abs(value)} points`;
}

/** A difference of ratios as a count of percentage points, in words: `0.5 percentage points`. */
export function pointsOf(difference: number): string {
  const value = Number((Math.abs(difference) * 100).toFixed(2));
  return `${value} percentage ${value === 1 ? "point" : "points"}`;
}

/** The same with its direction: `39.6 percentage points more`, `no difference`. */
export function pointsMore(difference: number): string {
  if (Number((difference * 100).toFixed(2)) === 0) return "no difference";
  return `${pointsOf(difference)} ${difference > 0 ? "more" : "fewer"}`;
}

/** Day and time in the reader's zone: `Wednesday, 25 November 2026 at 20:58:08 GMT`. */
export function instant(at: number): string {
  return whole.format(at);
}

/** `20:58:08` in the reader's zone. */
export function timeOfDay(at: number): string {
  return clock.format(at);
}

/** A command with why it is asked for; as it is without. */
export function withReason(command: string, reason: string): string {
  return reason === "" ? command : `${command} --reason ${quoted(reason)}`;
}

/** One word for a POSIX shell, whatever is in it. */
function quoted(text: string): string {
  return `'${text.replaceAll("'", String.raw`'\''`)}'`;
}
