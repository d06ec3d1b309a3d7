/** A policy as lines for people: who gets a change, by what it is judged, and which of it is usual. Pure. */
import { canonicalJson, formatDurationMs, formatInstant } from "#std";
import type { GuardrailPolicy, RolloutPolicy, WindowsPolicy } from "#domain";
import { worseOf } from "./custom-guardrail.ts";
import { stepsOf, titleOf } from "./steps.ts";

export interface PolicyRow {
  readonly name: string;
  readonly text: string;
  /** It is what every rollout does that is told nothing else. */
  readonly isDefault: boolean;
}

/** Gives the rows in reading order; several may belong to one key. */
export function policyRows(policy: RolloutPolicy, defaults: RolloutPolicy): readonly PolicyRow[] {
  const usual = new Set(defaults.guardrails.map((one) => canonicalJson(one)));
  return rowOrder.flatMap((key) => {
    const isAllUsual = [key, ...(alsoSays[key] ?? [])].every(
      (each) => canonicalJson([policy[each]]) === canonicalJson([defaults[each]]),
    );
    return words[key](policy).map(([name, text]): PolicyRow => {
      const own = key === "guardrails" && policy.guardrails.find((one) => one.name === name);
      return { name, text, isDefault: own ? usual.has(canonicalJson(own)) : isAllUsual };
    });
  });
}

type Key = keyof RolloutPolicy;
type Rows = readonly (readonly [name: string, text: string])[];

/** Closed over the policy: a key that nobody reads out does not compile. */
const words: { readonly [K in Key]-?: (policy: RolloutPolicy) => Rows } = {
  strategy: (policy) => stepRows(policy),
  // Part of the steps, which the strategy reads out.
  steps: () => [],
  shadow: ({ shadow }) =>
    shadow?.except === undefined ? [] : [["no copies", `of ${shadow.except.join(", ")}`]],
  autoPromoteMs: () => [],
  cohorts: ({ cohorts }) => (cohorts?.rules ?? []).map((rule) => ["by rule", ruleInWords(rule)]),
  harmBudgetRequests: ({ harmBudgetRequests: budget, harmBudgetUsers }) =>
    harmBudgetUsers === undefined
      ? [["budget", `${budget} failed requests more than the baseline's`]]
      : [],
  harmBudgetUsers: ({ harmBudgetUsers: budget }) =>
    budget === undefined ? [] : [["budget", `${budget} users harmed more than the baseline's`]],
  exposureMaxPercent: ({ exposureMaxPercent: most, strategy }) =>
    strategy === "adaptive" || strategy === "steps"
      ? [["exposure", `at most ${most} % of users until the verdict`]]
      : [],
  maxDurationMs: ({ maxDurationMs, atMaxDuration }) => [
    ["at most", `${formatDurationMs(maxDurationMs)}, then ${endings[atMaxDuration]}`],
  ],
  atMaxDuration: () => [],
  guardrails: ({ guardrails }) => guardrails.map((one) => [one.name, guardrailInWords(one)]),
  alpha: ({ alpha }) => [
    ["mistakes", `at most ${percent(alpha)} % of healthy changes are stopped, by all guardrails`],
  ],
  alphaShare: ({ alphaShare }) =>
    alphaShare === undefined
      ? []
      : [["its share", `${percent(alphaShare)} % of these mistakes are this app's`]],
  together: (policy) => togetherRows(policy),
  unit: ({ unit }) => [
    [
      "errors by",
      unit === "requests"
        ? "requests, with a margin for luck"
        : "users: the first failed request of each counts",
    ],
  ],
  baseline: ({ baseline }) => [
    [
      "baseline",
      baseline === "fresh"
        ? "as many users as the candidate has, on new instances of the live release"
        : "everybody else, on the live release as it runs",
    ],
  ],
  userKey: ({ userKey: { from, name } }) => [
    [
      "users",
      from === "edge_cookie" ? "told apart by the edge's cookie" : `told apart by ${from} ${name}`,
    ],
  ],
  probes: ({ probes = [] }) =>
    probes.map(({ path, everyMs }) => [
      "probe",
      `GET ${path} of both releases every ${formatDurationMs(everyMs)}`,
    ]),
  hasPreview: ({ hasPreview }) =>
    hasPreview === true ? [["preview", "the candidate has an address of its own"]] : [],
  windows: ({ windows }) => windowRows(windows),
  bake: ({ bake }) => [["bake", bake === undefined ? "none" : bakeInWords(bake)]],
  warmMs: ({ warmMs }) => [
    ["way back", `the release before stays warm for ${formatDurationMs(warmMs)}`],
  ],
};

/** First who gets it, then by what it is judged, then what comes after. */
const rowOrder: readonly Key[] = [
  "strategy",
  "together",
  "shadow",
  "cohorts",
  "exposureMaxPercent",
  "harmBudgetRequests",
  "harmBudgetUsers",
  "windows",
  "hasPreview",
  "guardrails",
  "probes",
  "unit",
  "baseline",
  "alpha",
  "alphaShare",
  "userKey",
  "maxDurationMs",
  "bake",
  "warmMs",
];

/** Keys whose meaning stands in the rows of another. */
const alsoSays: { readonly [K in Key]?: readonly Key[] } = {
  strategy: ["steps", "shadow", "cohorts", "autoPromoteMs"],
  maxDurationMs: ["atMaxDuration"],
};

const endings: Readonly<Record<RolloutPolicy["atMaxDuration"], string>> = {
  hold: "a person is asked",
  abort: "it is taken away",
  promote: "everybody gets it, unless its budget is spent or data is missing",
};

function stepRows(policy: RolloutPolicy): Rows {
  const steps = stepsOf(policy);
  return [
    ["strategy", policy.strategy],
    ...steps.map((step, index) => [`step ${index + 1}`, titleOf(step)] as const),
    ["then", "everybody has it"],
  ];
}

function togetherRows({ together, userKey }: RolloutPolicy): Rows {
  if (together === undefined) return [];
  const names = together.apps.join(", ");
  const wait = formatDurationMs(together.waitMs);
  return [
    [
      "together",
      `with changes of ${names}, if they name this app too; waits for them up to ${wait}`,
    ],
    ...(userKey.from === "edge_cookie" ? [["together", edgeCookieWarning] as const] : []),
  ];
}

const edgeCookieWarning =
  "each host has its own cookie of the edge: name a userKey, or users differ between the apps";

function ruleInWords({
  match,
  percent: part,
}: NonNullable<RolloutPolicy["cohorts"]>["rules"][number]): string {
  const who =
    match.kind === "user"
      ? `${match.keys.length} users by name`
      : `users whose ${match.kind} ${match.name} is ${match.value}`;
  return part === undefined ? who : `${part} % of ${who}`;
}

/** The harm that is tolerated; beyond all of it the candidate is taken away. */
function guardrailInWords(guardrail: GuardrailPolicy): string {
  const { name, tolerance, warmUpMs, metric } = guardrail;
  if (name === "crashes") return "a candidate that ends by itself again and again is taken away";
  const { ratio } = tolerance;
  const points = pointsOf(guardrail);
  const warmUp =
    warmUpMs === undefined ? "" : `; not judged for its first ${formatDurationMs(warmUpMs)}`;
  if (name === "latency") {
    return `harm is ${points ?? "any"} more of its requests slower than ${ratio} times the baseline's${warmUp}`;
  }
  if (name === "shadow-answers") {
    return `harm is more than ${percent(tolerance.absolute ?? 0)} % of mirrored answers that differ`;
  }
  if (name === "saturation") {
    return `harm is memory near its limit, and more than ${ratio} times the baseline's`;
  }
  const and = points === undefined ? "" : `, and by more than ${points}`;
  const what = metric === undefined ? "" : `${metric.events} (${metric.from}): `;
  return worseOf(guardrail) === "lower"
    ? `${what}harm is less than the baseline's, by more than ${ratio} times${and}`
    : `${what}harm is more than ${ratio} times the baseline's${and}`;
}

function pointsOf({ tolerance: { absolute = 0 } }: GuardrailPolicy): string | undefined {
  if (absolute === 0) return undefined;
  const points = percent(absolute);
  return `${points} point${points === 1 ? "" : "s"}`;
}

const dayNames = ["Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun"];

function windowRows({ notBeforeAt, freezes = [], daily = [] }: WindowsPolicy = {}): Rows {
  return [
    ...(notBeforeAt === undefined
      ? []
      : [["window", `nobody more before ${formatInstant(notBeforeAt)}`] as const]),
    ...daily.map(({ days, fromMinute, toMinute, timeZone }) => {
      const on = days.map((day) => dayNames[day - 1]).join(", ");
      return ["window", `${on} ${clock(fromMinute)} to ${clock(toMinute)} ${timeZone}`] as const;
    }),
    ...freezes.map(({ fromAt, toAt, reason }) => {
      const times = `${formatInstant(fromAt)} to ${formatInstant(toAt)}`;
      return ["freeze", `${times}: ${reason}`] as const;
    }),
  ];
}

function bakeInWords({ forMs, controlPercent }: NonNullable<RolloutPolicy["bake"]>): string {
  const control =
    controlPercent === 0
      ? "without a control"
      : `${controlPercent} % of users stay on the release before as its control`;
  return `${formatDurationMs(forMs)} after everybody got it, ${control}`;
}

function clock(minutes: number): string {
  return `${two(Math.floor(minutes / 60))}:${two(minutes % 60)}`;
}

function two(part: number): string {
  return String(part).padStart(2, "0");
}

function percent(share: number): number {
  return Number((100 * share).toPrecision(3));
}
