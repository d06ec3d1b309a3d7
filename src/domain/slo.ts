/** What an app promises its users, and what was counted of it: all traffic, whoever was in a rollout. */

/** The share of requests that are to be answered well, over the last so many days. */
export interface Slo {
  /** 99.9: of a thousand requests, one may fail. */
  readonly availabilityPercent: number;
  /** Whole days in UTC, today among them. */
  readonly windowDays: number;
}

/** Of an app whose manifest names none. */
export const usualSlo: Slo = { availabilityPercent: 99.9, windowDays: 28 };

/** The longest window: counts of days are kept for as long. */
export const sloWindowDaysMax = 90;

/** Requests that came, and those of them that failed: a 5xx, or no answer. */
export interface Served {
  readonly requests: number;
  readonly errors: number;
}

/** What an app served in the window of its SLO, and in the last hour. */
export interface ServedLately {
  readonly window: Served;
  readonly hour: Served;
}
