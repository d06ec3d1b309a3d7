/**
 * `tidegate.yaml`: what a repository says about its own delivery. One table gives the whole form;
 * whatever is not in it is refused with file, line, what was found and what was expected.
 */
import {
  sloWindowDaysMax,
  usualSlo,
  type InvalidInput,
  type Manifest,
  type RolloutPolicy,
  type Slo,
  type Tolerance,
} from "#domain";
import {
  amount,
  duration,
  either,
  err,
  flag,
  type JsonSchema,
  listOf,
  mapOf,
  object,
  off,
  ok,
  oneOf,
  reader,
  refuse,
  type Located,
  type Mismatch,
  type Reader,
  type Result,
  some,
  text,
} from "#std";
import { parseYaml } from "#std/yaml";
import { guardrailsShape, probesOf, probesShape } from "./custom-guardrails.ts";
import { checkExposure, lineOf } from "./exposure-faults.ts";
import { exposureKeys, exposureOf, withShadowGuardrail } from "./exposure-keys.ts";
import {
  healthTimeoutMsMax,
  manifestBytesMax,
  stepTimeoutMsMax,
  stopGraceMsMax,
} from "./limits.ts";

/** Names under which the file is looked for, in this order. */
export const manifestNames: readonly string[] = ["tidegate.yaml", "tidegate.yml"];

const day = 86_400_000;
const relativePath = /^(?!\/)(?!.*(?:^|\/)\.\.(?:\/|$))[^\0\\]{1,1024}$/;
const ratio = amount({ least: 1, most: 1000 });
const guardrail = object({
  tolerance: either(ratio, object({ ratio, absolute: amount({ least: 0, most: 1 }) })),
});

const latency = object({
  tolerance: either(ratio, object({ ratio, absolute: amount({ least: 0, most: 1 }) })),
  warmUp: duration(day / 24),
});

const knownGuardrails = ["errors", "latency", "saturation"];

const someDays = duration(sloWindowDaysMax * day, day);
const wholeDays = reader<number>(someDays.schema, (node, field) => {
  const read = someDays(node, field);
  if (!read.ok || read.value % day === 0) return read;
  return refuse(node, field, `whole days, from 1d to ${sloWindowDaysMax}d`);
});

const manifestShape = object({
  processes: mapOf(
    { pattern: /^[A-Za-z][\w-]{0,38}$/, expected: "process types (letters, digits, - and _)" },
    text("a command line"),
  ),
  build: object({
    command: text("a command line"),
    install: text("a command line"),
    timeout: duration(stepTimeoutMsMax),
  }),
  test: object({
    command: either(text("a command line"), off),
    reports: listOf(text("a path in the tree", relativePath)),
    timeout: duration(stepTimeoutMsMax),
    network: flag,
  }),
  health: object({
    path: text("a path that starts with /", /^\/[\x21-\x7e]{0,1000}$/),
    timeout: duration(healthTimeoutMsMax),
  }),
  static: object({ root: text("a directory in the tree", relativePath) }),
  gate: mapOf(
    { pattern: /^[A-Za-z][\w-]{0,62}$/, expected: "rule names (letters, digits, - and _)" },
    text("a CEL rule"),
  ),
  rollout: object({
    ...exposureKeys,
    alpha: amount({ least: 0.000_001, most: 0.5 }),
    unit: oneOf(["users", "requests"]),
    guardrails: guardrailsShape(
      object({ errors: guardrail, latency, saturation: guardrail }),
      knownGuardrails,
    ),
    probes: probesShape,
    atMaxDuration: oneOf(["hold", "abort", "promote"]),
    userKey: either(
      oneOf(["edge_cookie"]),
      object({
        header: text("a header name", /^[\w-]{1,100}$/),
        cookie: text("a cookie name", /^[\w-]{1,100}$/),
      }),
    ),
    warm: duration(7 * day),
  }),
  stop: object({ grace: duration(stopGraceMsMax) }),
  slo: object({ availability: amount({ least: 50, most: 99.999 }, "%"), window: wholeDays }),
});
type Raw = Extract<ReturnType<typeof manifestShape>, { readonly ok: true }>["value"];

/**
 * Parses the manifest. `defaults` completes what a rollout section leaves open within a guardrail:
 * naming one guardrail keeps the others.
 */
export function parseManifest(
  source: string,
  file: string,
  defaults: RolloutPolicy,
): Result<Manifest, InvalidInput> {
  const sizeBytes = Buffer.byteLength(source);
  if (sizeBytes > manifestBytesMax) {
    const expected = `at most ${manifestBytesMax} bytes`;
    return err({ code: "invalid_input", field: file, file, found: `${sizeBytes} bytes`, expected });
  }
  const document = parseYaml(source, file);
  if (!document.ok) return document;
  if (document.value === undefined) return ok({});
  const read = manifestShape(document.value, "");
  if (!read.ok) return err({ ...read.error, file });
  const { rollout } = read.value;
  const possible = rollout && checkRollout(rollout, { node: sectionOf(document.value), defaults });
  return possible?.ok === false
    ? err({ ...possible.error, file })
    : ok(manifestOf(read.value, defaults));
}

/** The form of the file as JSON Schema, made from what reads it. */
export function manifestSchema(): JsonSchema {
  return manifestShape.schema;
}

/** Reads a `rollout:` section that stands in another file, completed as one in the manifest would be. */
export function rolloutSection(defaults: RolloutPolicy): Reader<RolloutPolicy> {
  const { rollout } = manifestShape.members;
  return reader(rollout.schema, (node, field) => {
    const read = rollout(node, field);
    if (!read.ok) return read;
    const possible = checkRollout(read.value, { node, defaults });
    return possible.ok ? ok({ ...defaults, ...rolloutOf(read.value, defaults) }) : possible;
  });
}

function manifestOf(raw: Raw, defaults: RolloutPolicy): Manifest {
  const { processes, build, test, health, gate, rollout, stop, slo } = raw;
  const root = raw.static?.root;
  return {
    ...some("processes", processes),
    ...some("build", build && renamed(build, "timeout", "timeoutMs")),
    ...some("test", test && renamed(test, "timeout", "timeoutMs")),
    ...some("health", health && renamed(health, "timeout", "timeoutMs")),
    ...some("static", root === undefined ? undefined : { root }),
    ...some("gate", gate),
    ...some("rollout", rollout && rolloutOf(rollout, defaults)),
    ...some("stop", stop && renamed(stop, "grace", "graceMs")),
    ...some("slo", slo && sloOf(slo)),
  };
}

function sloOf({ availability, window }: NonNullable<Raw["slo"]>): Slo {
  return {
    availabilityPercent: availability ?? usualSlo.availabilityPercent,
    windowDays: window === undefined ? usualSlo.windowDays : window / day,
  };
}

function sectionOf(document: Located): Located {
  const entries = document.kind === "map" ? document.entries : [];
  return entries.find(({ key }) => key === "rollout")?.value ?? document;
}

/** Refuses policies that could never let anybody in, whatever the evidence. */
function checkRollout(
  raw: NonNullable<Raw["rollout"]>,
  { node, defaults }: { readonly node: Located; readonly defaults: RolloutPolicy },
): Result<void, Mismatch> {
  const possible = checkExposure(raw, node);
  if (!possible.ok) return possible;
  const { guardrails = defaults.guardrails } = rolloutOf(raw, defaults);
  const strict = guardrails.find(
    ({ name, tolerance }) =>
      name === "errors" && tolerance.ratio === 1 && (tolerance.absolute ?? 0) === 0,
  );
  if (strict === undefined) return ok(undefined);
  return err({
    code: "invalid_input",
    field: "rollout.guardrails.errors.tolerance",
    line: lineOf(node, ["guardrails", "errors"]),
    found: "nothing tolerated at all",
    expected: "a ratio above 1 or an absolute above 0: that two are exactly alike is never proven",
  });
}

function rolloutOf(
  raw: NonNullable<Raw["rollout"]>,
  defaults: RolloutPolicy,
): Partial<RolloutPolicy> {
  const { userKey } = raw;
  const probing = raw.probes && probesOf(raw.probes);
  const own = [...(raw.guardrails?.custom ?? []), ...(probing?.guardrails ?? [])];
  const guardrails = [...guardrailsOf(raw.guardrails?.known ?? {}, defaults), ...own];
  const policy: Partial<RolloutPolicy> = {
    ...exposureOf(raw, defaults),
    ...some("alpha", raw.alpha),
    ...some("unit", raw.unit),
    ...some("guardrails", raw.guardrails || probing ? guardrails : undefined),
    ...some("probes", probing?.probes),
    ...some("atMaxDuration", raw.atMaxDuration),
    ...some("userKey", userKey === undefined ? undefined : userKeyOf(userKey)),
    ...some("warmMs", raw.warm),
  };
  return withShadowGuardrail(policy, defaults, raw.shadow);
}

function guardrailsOf(
  raw: NonNullable<NonNullable<Raw["rollout"]>["guardrails"]>["known"],
  defaults: RolloutPolicy,
): RolloutPolicy["guardrails"] {
  const tolerances = new Map<string, Tolerance>();
  for (const [name, given] of Object.entries(raw)) {
    const usual = defaults.guardrails.find((one) => one.name === name)?.tolerance;
    const tolerance = given?.tolerance;
    if (tolerance === undefined) continue;
    const wanted: { readonly ratio?: number; readonly absolute?: number } =
      typeof tolerance === "number" ? { ratio: tolerance } : tolerance;
    tolerances.set(name, { ...usual, ...wanted, ratio: wanted.ratio ?? usual?.ratio ?? 1 });
  }
  const warmUp = some("warmUpMs", raw.latency?.warmUp);
  const kept = defaults.guardrails.map((one) => ({
    ...one,
    tolerance: tolerances.get(one.name) ?? one.tolerance,
    ...(one.name === "latency" ? warmUp : {}),
  }));
  const names = new Set<string>(kept.map((one) => one.name));
  const added = (["errors", "latency", "saturation"] as const).flatMap((name) => {
    const tolerance = tolerances.get(name);
    return names.has(name) || tolerance === undefined ? [] : [{ name, tolerance }];
  });
  return [...kept, ...added];
}

function userKeyOf(
  raw: NonNullable<NonNullable<Raw["rollout"]>["userKey"]>,
): RolloutPolicy["userKey"] {
  if (typeof raw === "string") return { from: "edge_cookie" };
  if (raw.header !== undefined) return { from: "header", name: raw.header };
  return raw.cookie === undefined ? { from: "edge_cookie" } : { from: "cookie", name: raw.cookie };
}

function renamed<T extends object, From extends keyof T & string, To extends string>(
  from: T,
  key: From,
  name: To,
): Omit<T, From> & { readonly [P in To]?: NonNullable<T[From]> } {
  const { [key]: value, ...rest } = from;
  return { ...rest, ...some(name, value ?? undefined) };
}
