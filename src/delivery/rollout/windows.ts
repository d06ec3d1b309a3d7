/**
 * When exposure may grow: not before an instant, outside of freezes, within daily windows of a time zone.
 * Pure: the instant is an argument, and the time zone's rules come from the platform's own tables.
 */
import { formatInstant } from "#std";
import type { WindowsPolicy } from "#domain";
import { windowChangesMax } from "./limits.ts";

export interface Closed {
  readonly because: string;
  /** When it opens; absent when that is not within sight. */
  readonly opensAt?: number;
}

type Daily = NonNullable<WindowsPolicy["daily"]>[number];

const minuteMs = 60_000;
const dayMinutes = 1440;
const weekMinutes = 7 * dayMinutes;

/** Gives why exposure may not grow at this instant, and until when; `undefined` when it may. */
export function closedAt(windows: WindowsPolicy | undefined, at: number): Closed | undefined {
  const first = windows && blockAt(windows, at);
  if (windows === undefined || first === undefined) return undefined;
  let opensAt = first.untilAt;
  for (let hops = 0; hops < windowChangesMax; hops += 1) {
    const next = blockAt(windows, opensAt);
    if (next === undefined) {
      return { because: `${first.because}, until ${formatInstant(opensAt)}`, opensAt };
    }
    opensAt = next.untilAt;
  }
  return { because: first.because };
}

/** How much of the time between two instants was open: only that counts towards a largest duration. */
export function openMs(
  windows: WindowsPolicy | undefined,
  { fromAt, toAt }: { readonly fromAt: number; readonly toAt: number },
): number {
  if (windows === undefined) return Math.max(0, toAt - fromAt);
  let at = fromAt;
  let sumMs = 0;
  for (let hops = 0; at < toAt && hops < windowChangesMax; hops += 1) {
    const block = blockAt(windows, at);
    const end = Math.min(toAt, block?.untilAt ?? closesAt(windows, at));
    if (block === undefined) sumMs += end - at;
    at = end;
  }
  return sumMs;
}

interface Block {
  readonly because: string;
  readonly untilAt: number;
}

function blockAt(
  { notBeforeAt, freezes = [], daily }: WindowsPolicy,
  at: number,
): Block | undefined {
  if (notBeforeAt !== undefined && at < notBeforeAt) {
    return { because: "the policy says not before", untilAt: notBeforeAt };
  }
  const freeze = freezes.find(({ fromAt, toAt }) => at >= fromAt && at < toAt);
  if (freeze !== undefined) return { because: `frozen: ${freeze.reason}`, untilAt: freeze.toAt };
  if (daily === undefined || daily.some((window) => isWithin(window, at))) return undefined;
  const untilAt = Math.min(...daily.flatMap((window) => boundaries(window, at, "fromMinute")));
  return { because: "outside of the daily windows", untilAt };
}

/** The next instant at which an open time may end; infinite when none does. */
function closesAt({ freezes = [], daily = [] }: WindowsPolicy, at: number): number {
  return Math.min(
    ...freezes.map(({ fromAt }) => fromAt).filter((fromAt) => fromAt > at),
    ...daily
      .filter((window) => isWithin(window, at))
      .flatMap((window) => boundaries(window, at, "toMinute")),
  );
}

function isWithin({ days, fromMinute, toMinute, timeZone }: Daily, at: number): boolean {
  const { day, minute } = localTime(at, timeZone);
  return days.includes(day) && minute >= fromMinute && minute < toMinute;
}

/** The next instants, after `at`, at which the window begins or ends, one for each of its days. */
function boundaries(window: Daily, at: number, edge: "fromMinute" | "toMinute"): readonly number[] {
  const here = localTime(at, window.timeZone);
  const now = here.day * dayMinutes + here.minute;
  return window.days.map((day) => {
    const target = day * dayMinutes + window[edge];
    const ahead =
      ((((target - now) % weekMinutes) + weekMinutes) % weekMinutes || weekMinutes) * minuteMs;
    const guess = at - (at % minuteMs) + ahead;
    // Summer time may begin or end in between: the clock on the wall then differs by what it moved.
    const there = localTime(guess, window.timeZone);
    const off = (target - there.day * dayMinutes - there.minute) % weekMinutes;
    const nearest = Math.abs(off) > weekMinutes / 2 ? off - Math.sign(off) * weekMinutes : off;
    const next = guess + nearest * minuteMs;
    return next > at ? next : at + minuteMs;
  });
}

const dayNames = ["Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun"];
const clocks = new Map<string, Intl.DateTimeFormat>();

/** Day (1 is Monday) and minute of the day, on a wall in that zone. */
function localTime(
  at: number,
  timeZone: string,
): { readonly day: number; readonly minute: number } {
  const clock =
    clocks.get(timeZone) ??
    new Intl.DateTimeFormat("en-GB", {
      timeZone,
      weekday: "short",
      hour: "2-digit",
      minute: "2-digit",
      hourCycle: "h23",
    });
  clocks.set(timeZone, clock); // making one takes longer than asking it a hundred times
  const parts = new Map(clock.formatToParts(at).map(({ type, value }) => [type, value]));
  return {
    day: dayNames.indexOf(parts.get("weekday") ?? "") + 1,
    minute: Number(parts.get("hour")) * 60 + Number(parts.get("minute")),
  };
}
