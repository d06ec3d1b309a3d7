/** An app's error budget as it is drawn, and its words. Pure. */
import type { ErrorBudgetResource } from "#faces/api/contract";
import { formatDurationMs } from "#std";
import type { Shown } from "./state.ts";
import { count, percent } from "./words.ts";

/** Two per cent of the budget in an hour: what on-call people are woken for. */
const urgentShareAnHour = 0.02;
const hoursADay = 24;
const hourMs = 3_600_000;

/** `73 % left`, `73 % left, gone in 1 d 10 h`, `spent`, `spent so far`, `not enough traffic yet`. */
export function budgetShown(budget: ErrorBudgetResource): Shown {
  const left = `${percent(Math.max(0, budget.remainingRatio ?? 0))} left`;
  switch (budget.state) {
    case "not_enough_traffic":
      return { word: "not enough traffic yet", mark: "ring", tone: "quiet" };
    case "spent":
      return budget.ageMs === undefined
        ? { word: "spent", mark: "cross", tone: "bad" }
        : { word: "spent so far", mark: "pause", tone: "wait" };
    case "burning": {
      const word = `${left}, gone in ${roughly(budget.leftMs ?? 0)}`;
      return isUrgent(budget)
        ? { word, mark: "cross", tone: "bad" }
        : { word, mark: "pause", tone: "wait" };
    }
    default:
      return { word: left, mark: "tick", tone: "good" };
  }
}

function isUrgent({ burnRate = 0, slo }: ErrorBudgetResource): boolean {
  return burnRate >= urgentShareAnHour * slo.windowDays * hoursADay;
}

/** Hours, once there are some: nobody plans days by their minutes. */
function roughly(ms: number): string {
  return formatDurationMs(ms < hourMs ? ms : Math.round(ms / hourMs) * hourMs);
}

/** `99.9 % of requests over 28 days`. */
export function promiseWords({ slo }: ErrorBudgetResource): string {
  const days = slo.windowDays === 1 ? "a day" : `${slo.windowDays} days`;
  return `${slo.availabilityPercent} % of requests over ${days}`;
}

/** Of how little it is said, while the app is younger than the window; "" later. */
export function youngWords({ ageMs }: ErrorBudgetResource): string {
  if (ageMs === undefined) return "";
  return `That is of the requests so far: the app is ${roughly(ageMs)} old.`;
}

/** How fast it is spent, as a sentence. */
export function burnWords({ hour, burnRate, state, leftMs = 0 }: ErrorBudgetResource): string {
  if (hour.requests === 0) return "Nobody has asked in the last hour, so nothing is being spent.";
  const failed = `${count(hour.errors)} of ${count(hour.requests)} requests`;
  if (burnRate === undefined) {
    return `In the last hour ${failed} failed: too few to tell how fast it is spent.`;
  }
  if (burnRate === 0) return `None of ${count(hour.requests)} requests failed in the last hour.`;
  if (burnRate <= 1) return `In the last hour ${failed} failed: few enough for the budget to last.`;
  const rate = `In the last hour ${failed} failed: ${times(burnRate)} as many as the budget can bear.`;
  return state === "burning"
    ? `${rate} If that goes on, nothing is left in ${roughly(leftMs)}.`
    : rate;
}

function times(burnRate: number): string {
  return `${burnRate < 10 ? Number(burnRate.toFixed(1)) : count(Math.round(burnRate))} times`;
}
