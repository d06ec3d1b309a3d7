/**
 * Policies that are well-formed and could not work: steps that fall, a time that is shorter than its steps,
 * windows that never open, a verdict that never comes. They are refused when a change is planned, with
 * the line, and not found out at night by a rollout that waits for ever.
 */
import { err, type Located, type Mismatch, ok, type Result } from "#std";
import { type Raw, type RawStep, timesOf, togetherOf } from "./exposure-keys.ts";

type RawFreeze = NonNullable<NonNullable<Raw["windows"]>["freezes"]>[number];
type RawDaily = NonNullable<NonNullable<Raw["windows"]>["daily"]>[number];
type Path = readonly (string | number)[];

interface Fault {
  /** Below `rollout`. */
  readonly at: Path;
  readonly found: string;
  readonly expected: string;
}

/** Refuses what could never come to an end; `node` is the section. */
export function checkExposure(
  raw: Raw & { readonly userKey?: unknown },
  node: Located,
): Result<void, Mismatch> {
  const fault =
    faultOfSteps(raw) ??
    faultOfTimes(raw) ??
    faultOfCohorts(raw) ??
    faultOfWindows(raw) ??
    faultOfKeys(raw);
  if (fault === undefined) return ok(undefined);
  const { at, found, expected } = fault;
  const field = at.reduce<string>(
    (path, part) => (typeof part === "number" ? `${path}[${part}]` : `${path}.${part}`),
    "rollout",
  );
  return err({
    code: "invalid_input",
    field,
    line: lineOf(node, at),
    found,
    expected,
  });
}

export function lineOf(node: Located, [part, ...rest]: Path): number {
  if (part === undefined) return node.line;
  if (node.kind === "map") {
    const entry = node.entries.find(({ key }) => key === part);
    return entry === undefined
      ? node.line
      : rest.length === 0
        ? entry.line
        : lineOf(entry.value, rest);
  }
  const item = node.kind === "list" && typeof part === "number" ? node.items[part] : undefined;
  return item === undefined ? node.line : lineOf(item, rest);
}

function faultOfSteps(raw: Raw): Fault | undefined {
  const { strategy = "adaptive", steps } = raw;
  if (strategy === "steps" && (steps ?? []).length === 0) {
    return {
      at: ["steps"],
      found: "no step",
      expected: "at least one step, such as {weight: 10%}",
    };
  }
  if (steps === undefined) return undefined;
  if (strategy !== "steps") {
    return {
      at: ["steps"],
      found: `steps beside strategy ${strategy}`,
      expected: "strategy: steps",
    };
  }
  for (const [index, step] of steps.entries()) {
    const fault = faultOfStep(step, { index, steps, raw });
    if (fault !== undefined) return { ...fault, at: ["steps", index, ...fault.at] };
  }
  return undefined;
}

function faultOfStep(
  { weight, until }: RawStep,
  {
    index,
    steps,
    raw,
  }: { readonly index: number; readonly steps: readonly RawStep[]; readonly raw: Raw },
): Fault | undefined {
  const at = ["weight"];
  if (weight === undefined) {
    return { at: [], found: "a step without weight", expected: "a weight, such as 10%" };
  }
  const found = `${weight}%`;
  if (weight >= 100) {
    return { at, found, expected: "less than 100%: after the last step everybody is let in" };
  }
  const before = steps[index - 1]?.weight ?? 0;
  if (weight < before) {
    return { at, found, expected: `at least ${before}%, as users who are in stay in` };
  }
  if (raw.exposureMax !== undefined && weight > raw.exposureMax) {
    return { at, found, expected: `at most exposureMax, ${raw.exposureMax}%` };
  }
  const isLast = index === steps.length - 1;
  const waitsForSafe = until === "safe" || (isLast && until === undefined);
  return waitsForSafe && weight === 0
    ? { at, found, expected: "more than 0%: a verdict on nobody never comes, so this never ends" }
    : undefined;
}

function faultOfTimes(raw: Raw): Fault | undefined {
  const neededMs = timesOf(raw).reduce((sum, ms) => sum + ms, 0);
  const { maxDuration } = raw;
  if (maxDuration === undefined || neededMs < maxDuration) return undefined;
  return {
    at: ["maxDuration"],
    found: `${Math.round(maxDuration / 1000)}s`,
    expected: `more than ${Math.round(neededMs / 1000)}s, which its steps take together, or it never ends well`,
  };
}

function faultOfCohorts(raw: Raw & { readonly userKey?: unknown }): Fault | undefined {
  const { cohorts } = raw;
  if (cohorts === undefined) return undefined;
  const { rules = [] } = cohorts;
  if (rules.length === 0) {
    return {
      at: ["cohorts"],
      found: "no rule",
      expected: "rules, such as {header: x-beta, value: yes}",
    };
  }
  const hasOwnKey = raw.userKey !== undefined && raw.userKey !== "edge_cookie";
  for (const [index, { header, cookie, users, value }] of rules.entries()) {
    const at = ["cohorts", "rules", index];
    const kinds = [header, cookie, users].filter((kind) => kind !== undefined).length;
    const isWhole = kinds === 1 && (users === undefined) === (value !== undefined);
    if (!isWhole) {
      const expected = "one of header and value, cookie and value, or users";
      return { at, found: `${kinds} of them`, expected };
    }
    if (users !== undefined && !hasOwnKey) {
      const expected = "userKey to say which header or cookie names a user";
      return { at, found: "users by name, who are known by a random cookie only", expected };
    }
  }
  return undefined;
}

function faultOfWindows({ windows }: Raw): Fault | undefined {
  const { freezes = [], daily } = windows ?? {};
  if (daily?.length === 0) {
    const expected = "at least one, or it never opens";
    return { at: ["windows", "daily"], found: "no window", expected };
  }
  const faults = [
    ...freezes.map((freeze, index) => within(["windows", "freezes", index], faultOfFreeze(freeze))),
    ...(daily ?? []).map((day, index) => within(["windows", "daily", index], faultOfDaily(day))),
  ];
  return faults.find((fault) => fault !== undefined);
}

function within(path: Path, fault: Fault | undefined): Fault | undefined {
  return fault && { ...fault, at: [...path, ...fault.at] };
}

function faultOfFreeze({ from, to, reason }: RawFreeze): Fault | undefined {
  if (from === undefined || to === undefined || reason === undefined) {
    return { at: [], found: "a freeze that lacks one", expected: "from, to and reason" };
  }
  return to > from
    ? undefined
    : { at: ["to"], found: "no later", expected: "an instant after from" };
}

function faultOfDaily({ from = 0, to = 1440, days }: RawDaily): Fault | undefined {
  if (days?.length === 0) {
    return { at: ["days"], found: "no day", expected: "at least one, or it never opens" };
  }
  const expected = "a time after from; for a night, write two windows";
  return to > from ? undefined : { at: ["to"], found: "no later", expected };
}

function faultOfKeys({
  strategy = "adaptive",
  autoPromote,
  bake,
  harmBudget,
  together,
}: Raw): Fault | undefined {
  if (autoPromote !== undefined && strategy !== "blue-green") {
    const found = `autoPromote beside strategy ${strategy}`;
    return { at: ["autoPromote"], found, expected: "strategy: blue-green" };
  }
  if (bake !== undefined && bake.for === undefined) {
    return { at: ["bake"], found: "a bake without time", expected: "for, such as 1h" };
  }
  if (together !== undefined && togetherOf(together).apps.length === 0) {
    return { at: ["together"], found: "no app", expected: "names of other apps, such as [web]" };
  }
  if (typeof harmBudget !== "object") return undefined;
  const isOne = (harmBudget.users === undefined) !== (harmBudget.requests === undefined);
  return isOne
    ? undefined
    : { at: ["harmBudget"], found: "both or none", expected: "either users or requests" };
}
