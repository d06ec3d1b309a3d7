/** Instants as people write and read them: `2026-12-20T18:00:00Z`, `2026-12-20T18:00+01:00`. */
import { err, ok, type Result } from "./result.ts";

const dayMs = 86_400_000;
const expected = "an instant such as 2026-12-20T18:00:00Z or 2026-12-20T18:00+01:00";
const pattern = /^(\d{4})-(\d\d)-(\d\d)T(\d\d):(\d\d)(?::(\d\d))?(?:Z|([+-])(\d\d):(\d\d))$/;

/** Parses an instant with its offset into epoch milliseconds; the error completes "expected …". */
export function parseInstantMs(text: string): Result<number, string> {
  const match = pattern.exec(text.trim());
  if (match === null) return err(expected);
  const number = (group: number): number => Number(match[group] ?? 0);
  const [year, month, day] = [number(1), number(2), number(3)];
  const [hours, minutes, seconds] = [number(4), number(5), number(6)];
  const isReal = month >= 1 && month <= 12 && day >= 1 && day <= daysOf(year, month) && hours <= 23;
  if (!isReal || minutes > 59 || seconds > 59) return err(expected);
  const sign = match[7] === "-" ? -1 : 1;
  const offsetMinutes = sign * (number(8) * 60 + number(9));
  const timeMs = ((hours * 60 + minutes - offsetMinutes) * 60 + seconds) * 1000;
  return ok(dayNumber(year, month, day) * dayMs + timeMs);
}

/** Renders an instant to the minute: `2026-12-20 18:00 UTC`. */
export function formatInstant(atMs: number, timeZone = "UTC"): string {
  const parts = new Map(
    new Intl.DateTimeFormat("en-GB", {
      timeZone,
      year: "numeric",
      month: "2-digit",
      day: "2-digit",
      hour: "2-digit",
      minute: "2-digit",
      hourCycle: "h23",
    })
      .formatToParts(atMs)
      .map(({ type, value }) => [type, value]),
  );
  const of = (type: Intl.DateTimeFormatPartTypes): string => parts.get(type) ?? "";
  return `${of("year")}-${of("month")}-${of("day")} ${of("hour")}:${of("minute")} ${timeZone}`;
}

/** Renders from when until when: `from 2026-12-20 18:00 to 18:29 UTC`, the day twice where it is another. */
export function formatSpan(fromMs: number, toMs: number): string {
  const [from, to] = [formatInstant(fromMs), formatInstant(toMs)];
  if (from === to) return `at ${from}`;
  const isOneDay = from.slice(0, 10) === to.slice(0, 10);
  return `from ${from.replace(/ UTC$/, "")} to ${isOneDay ? to.slice(11) : to}`;
}

function daysOf(year: number, month: number): number {
  if (month === 2) return isLeap(year) ? 29 : 28;
  return [4, 6, 9, 11].includes(month) ? 30 : 31;
}

function isLeap(year: number): boolean {
  return (year % 4 === 0 && year % 100 !== 0) || year % 400 === 0;
}

/** Days since 1970-01-01, counted in years that begin in March, so that a leap day comes last. */
function dayNumber(year: number, month: number, day: number): number {
  const y = month <= 2 ? year - 1 : year;
  const era = Math.floor(y / 400);
  const yearOfEra = y - era * 400;
  const dayOfYear = Math.floor((153 * ((month + 9) % 12) + 2) / 5) + day - 1;
  const dayOfEra =
    yearOfEra * 365 + Math.floor(yearOfEra / 4) - Math.floor(yearOfEra / 100) + dayOfYear;
  return era * 146_097 + dayOfEra - 719_468;
}
