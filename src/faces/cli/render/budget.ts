/** An app's error budget in one line. */
import type { ErrorBudgetResource } from "#faces/api/contract";
import { formatDurationMs } from "#std";
import { count, counted, percent } from "./words.ts";

const minuteMs = 60_000;

/** `75 % left of 99.9 % over 28 d; burning 1.9 times too fast, gone in 10d`. */
export function budgetWords(budget: ErrorBudgetResource): string {
  const { slo, state, remainingRatio = 0, burnRate, leftMs = 0, window, ageMs } = budget;
  const promise = `${slo.availabilityPercent} % over ${slo.windowDays} d`;
  switch (state) {
    case "not_enough_traffic":
      return `not enough traffic yet for ${promise}: ${counted(window.requests, "request")}`;
    case "spent":
      if (ageMs !== undefined) {
        return (
          `spent so far: ${count(window.errors)} of the ${count(window.requests)} requests failed, against ${promise}; ` +
          `the app is ${formatDurationMs(ageMs)} old`
        );
      }
      return `spent: ${count(window.errors)} of ${count(window.requests)} requests failed, against ${promise}`;
    case "burning":
      return (
        `${percent(remainingRatio)} left of ${promise}; spent ${times(burnRate)} as fast as it can bear, ` +
        `gone in ${formatDurationMs(Math.round(leftMs / minuteMs) * minuteMs)}`
      );
    default:
      return `${percent(remainingRatio)} left of ${promise}`;
  }
}

function times(burnRate = 0): string {
  return `${burnRate < 10 ? burnRate.toFixed(1) : Math.round(burnRate)} times`;
}
