/**
 * The keys of `rollout:` that say who gets a change, when, and how long it is watched: their form, and what
 * they mean. Which combinations could never come to an end: exposure-faults.ts.
 */
import {
  type AppName,
  type CohortPolicy,
  parseAppName,
  type RolloutPolicy,
  type StepPolicy,
  type WindowsPolicy,
} from "#domain";
import {
  amount,
  duration,
  either,
  err,
  flag,
  listOf,
  object,
  ok,
  oneOf,
  type Out,
  parseInstantMs,
  reader,
  refuse,
  some,
  text,
} from "#std";
import * as limits from "./limits.ts";

const day = 86_400_000;
const percentage = amount({ least: 0, most: 100 }, "%");
const budget = amount({ least: 1, most: 1_000_000, isWhole: true });
const name = text("a name", /^[\w-]{1,100}$/);

const instant = reader<number>({ type: "string", format: "date-time" }, (node, field) => {
  const parsed =
    node.kind === "scalar" && typeof node.value === "string"
      ? parseInstantMs(node.value)
      : err("an instant such as 2026-12-20T18:00:00Z or 2026-12-20T18:00+01:00");
  return parsed.ok ? ok(parsed.value) : refuse(node, field, parsed.error);
});

/** "08:30" as minutes of the day; "24:00" is its end. */
const clockPattern = /^([01]\d|2[0-4]):([0-5]\d)$/;
const timeOfDay = reader<number>(
  { type: "string", pattern: clockPattern.source },
  (node, field) => {
    const match =
      node.kind === "scalar" && typeof node.value === "string"
        ? clockPattern.exec(node.value)
        : null;
    const minutes = Number(match?.[1]) * 60 + Number(match?.[2]);
    return minutes <= 1440 ? ok(minutes) : refuse(node, field, 'a time of the day such as "08:30"');
  },
);

const timeZone = reader<string>({ type: "string" }, (node, field) => {
  const value = node.kind === "scalar" ? node.value : undefined;
  return typeof value === "string" && isTimeZone(value)
    ? ok(value)
    : refuse(node, field, "an IANA time zone such as Europe/Berlin");
});

function isTimeZone(value: string): boolean {
  if (value === "UTC") return true;
  if (!/^[\w+-]+(?:\/[\w+-]+){1,2}$/.test(value)) return false;
  try {
    return new Intl.DateTimeFormat("en", { timeZone: value }).format(0) !== "";
  } catch {
    return false; // a RangeError is how the platform says that it has no such zone
  }
}

const dayNames = ["mon", "tue", "wed", "thu", "fri", "sat", "sun"] as const;

const appName = reader<AppName>({ type: "string" }, (node, field) => {
  const parsed = parseAppName(node.kind === "scalar" ? node.value : undefined);
  return parsed.ok
    ? ok(parsed.value)
    : refuse(node, field, `an app's name: ${parsed.error.expected}`);
});
const appNames = listOf(appName, limits.togetherAppsMax);

/** To be part of the shape of `rollout:`. */
export const exposureKeys = {
  strategy: oneOf(["adaptive", "steps", "blue-green", "all-at-once", "hold", "shadow"]),
  harmBudget: either(budget, object({ requests: budget, users: budget })),
  exposureMax: amount({ least: 0.01, most: 100 }, "%"),
  maxDuration: duration(30 * day),
  steps: listOf(
    object({
      weight: percentage,
      for: duration(30 * day),
      until: oneOf(["approval", "safe", "time"]),
    }),
    limits.rolloutStepsMax,
  ),
  shadow: object({ requests: amount({ least: 1, most: 1e6, isWhole: true }), share: percentage }),
  cohorts: object({
    rules: listOf(
      object({
        header: name,
        cookie: name,
        value: text("the value it must have", /^[^\0\r\n]{1,1000}$/),
        users: listOf(text("a user's key", /^[^\0\r\n]{1,200}$/), limits.cohortUsersMax),
        percent: percentage,
      }),
      limits.cohortRulesMax,
    ),
    for: duration(30 * day),
    until: oneOf(["approval", "time"]),
  }),
  preview: flag,
  autoPromote: duration(30 * day),
  windows: object({
    notBefore: instant,
    freezes: listOf(object({ from: instant, to: instant, reason: text("why it is frozen") })),
    daily: listOf(
      object({ days: listOf(oneOf(dayNames), 7), from: timeOfDay, to: timeOfDay, timeZone }),
      limits.dailyWindowsMax,
    ),
  }),
  bake: object({ for: duration(30 * day), control: amount({ least: 0, most: 50 }, "%") }),
  together: either(appNames, object({ apps: appNames, wait: duration(day) })),
};
const shape = object(exposureKeys);
export type Raw = Out<typeof shape>;
export type RawStep = NonNullable<Raw["steps"]>[number];
type RawCohorts = NonNullable<Raw["cohorts"]>;
type RawWindows = NonNullable<Raw["windows"]>;

/** What the keys mean, completed by each other: the largest step is the largest exposure, if none is named. */
export function exposureOf(raw: Raw, defaults: RolloutPolicy): Partial<RolloutPolicy> {
  const { strategy, shadow, bake, cohorts, windows } = raw;
  const hasShadow = shadow !== undefined || strategy === "shadow";
  return {
    ...some("strategy", strategy),
    ...budgetOf(raw.harmBudget),
    ...limitsOf(raw, defaults),
    ...some("steps", raw.steps && stepsOf(raw.steps)),
    ...some("shadow", hasShadow ? shadowOf(shadow) : undefined),
    ...some("cohorts", cohorts && cohortsOf(cohorts)),
    ...some("hasPreview", raw.preview ?? (strategy === "blue-green" ? true : undefined)),
    ...some("autoPromoteMs", raw.autoPromote),
    ...some("windows", windows && windowsOf(windows)),
    ...some("together", raw.together && togetherOf(raw.together)),
    ...some("bake", bake && { forMs: bake.for ?? 0, controlPercent: bake.control ?? 0 }),
  };
}

/** Steps need room: as much exposure as the largest of them, and twice the time that they take together. */
function limitsOf(raw: Raw, { maxDurationMs: usualMs }: RolloutPolicy): Partial<RolloutPolicy> {
  const weightMax = Math.max(0, ...(raw.steps ?? []).map(({ weight = 0 }) => weight));
  const exposureMax = raw.exposureMax ?? (weightMax > 0 ? weightMax : undefined);
  const neededMs = 2 * timesOf(raw).reduce((sum, ms) => sum + ms, 0);
  const maxDurationMs = raw.maxDuration ?? (neededMs > usualMs ? neededMs : undefined);
  return { ...some("exposureMaxPercent", exposureMax), ...some("maxDurationMs", maxDurationMs) };
}

function budgetOf(raw: Raw["harmBudget"]): Partial<RolloutPolicy> {
  if (raw === undefined) return {};
  if (typeof raw === "number") return { harmBudgetRequests: raw };
  return { ...some("harmBudgetRequests", raw.requests), ...some("harmBudgetUsers", raw.users) };
}

/** Everybody is let in after the last step, so it lasts until the verdict is safe, if it says nothing else. */
function stepsOf(raw: readonly RawStep[]): readonly StepPolicy[] {
  return raw.map((step, index) => ({
    weightPercent: step.weight ?? 0,
    forMs: step.for ?? 0,
    until: step.until ?? (index === raw.length - 1 ? "safe" : "time"),
  }));
}

/** Copies are judged by a guardrail of their own, as strictly as errors are. */
export function withShadowGuardrail(
  policy: Partial<RolloutPolicy>,
  defaults: RolloutPolicy,
): Partial<RolloutPolicy> {
  const { guardrails = defaults.guardrails, shadow } = policy;
  if (shadow === undefined || guardrails.some(({ name: known }) => known === "shadow")) {
    return policy;
  }
  const tolerance = guardrails.find(({ name: known }) => known === "errors")?.tolerance;
  const added = { name: "shadow", tolerance: tolerance ?? limits.shadowTolerance };
  return { ...policy, guardrails: [...guardrails, added] };
}

type RawTogether = NonNullable<Raw["together"]>;

/** Whom it goes together with, and how long it waits for them. */
export function togetherOf(raw: RawTogether): NonNullable<RolloutPolicy["together"]> {
  const { apps = [], wait = limits.togetherWaitMs } = isList(raw) ? { apps: raw } : raw;
  return { apps: [...new Set(apps)].toSorted(), waitMs: wait };
}

function isList(raw: RawTogether): raw is Extract<RawTogether, readonly unknown[]> {
  return Array.isArray(raw);
}

function shadowOf(raw: Raw["shadow"]): NonNullable<RolloutPolicy["shadow"]> {
  return {
    requests: raw?.requests ?? limits.shadowRequests,
    sharePercent: raw?.share ?? limits.shadowSharePercent,
  };
}

function cohortsOf(raw: RawCohorts): NonNullable<RolloutPolicy["cohorts"]> {
  return {
    rules: (raw.rules ?? []).map((rule) => ({
      match: matchOf(rule),
      ...some("percent", rule.percent),
    })),
    aloneMs: raw.for ?? limits.cohortsAloneMs,
    until: raw.until ?? "time",
  };
}

function matchOf(rule: NonNullable<RawCohorts["rules"]>[number]): CohortPolicy["match"] {
  if (rule.users !== undefined) return { kind: "user", keys: rule.users };
  const value = rule.value ?? "";
  return rule.header === undefined
    ? { kind: "cookie", name: rule.cookie ?? "", value }
    : { kind: "header", name: rule.header.toLowerCase(), value };
}

function windowsOf({ notBefore, freezes, daily }: RawWindows): WindowsPolicy {
  return {
    ...some("notBeforeAt", notBefore),
    ...some(
      "freezes",
      freezes?.map(({ from, to, reason }) => ({
        fromAt: from ?? 0,
        toAt: to ?? 0,
        reason: reason ?? "",
      })),
    ),
    ...some(
      "daily",
      daily?.map((window) => ({
        days: (window.days ?? dayNames).map((each) => dayNames.indexOf(each) + 1),
        fromMinute: window.from ?? 0,
        toMinute: window.to ?? 1440,
        timeZone: window.timeZone ?? "UTC",
      })),
    ),
  };
}

/** All that lasts a time of its own before everybody is let in. */
export function timesOf({ steps = [], cohorts, autoPromote = 0 }: Raw): readonly number[] {
  const alone = cohorts === undefined ? 0 : (cohorts.for ?? limits.cohortsAloneMs);
  return [...steps.map((step) => step.for ?? 0), alone, autoPromote];
}
