/**
 * The part of `tidegate.yaml` that names an app's own guardrails and probes. A repository names counters
 * and paths; where a Prometheus server is, and which hosts are asked, it cannot say.
 */
import {
  type GuardrailPolicy,
  type MetricPolicy,
  parseMetricSelector,
  type ProbePolicy,
  promQueryProblem,
  type Tolerance,
} from "#domain";
import {
  amount,
  converted,
  duration,
  either,
  err,
  listOf,
  type Located,
  type LocatedEntry,
  type Mismatch,
  object,
  ok,
  oneOf,
  type Out,
  type Reader,
  reader,
  refuse,
  type Result,
  text,
} from "#std";
import {
  customGuardrailsMax,
  metricExpressionCharsMax,
  probeEveryMsMax,
  probeEveryMsMin,
  probesMax,
  probeTimeoutMsMax,
} from "./limits.ts";

/** Names that mean something already. */
const reserved = new Set([
  "errors",
  "latency",
  "crashes",
  "saturation",
  "probes",
  "shadow",
  "shadow-answers",
]);

/** More than half as many again, and more than half a percentage point: as for errors. */
const usualTolerance: Tolerance = { ratio: 1.5, absolute: 0.005 };
/** Of good events: one in twenty of them may be missing, and two in a hundred of the sample. */
const usualLoss: Tolerance = { ratio: 1.05, absolute: 0.02 };

const ratio = amount({ least: 1, most: 1000 });
const absolute = amount({ least: 0, most: 1 });
const tolerance = either(ratio, object({ ratio, absolute }));

const counter: Reader<string> = checked((value) => {
  const read = parseMetricSelector(value);
  return read.ok ? undefined : read.error;
});
const query: Reader<string> = checked(promQueryProblem);

const customShape = object({
  otlp: object({ events: counter, of: counter }),
  prometheus: object({
    events: query,
    of: query,
    server: text("a server's name", /^[a-z][a-z0-9-]{0,38}$/),
  }),
  tolerance,
  worse: oneOf(["higher", "lower"]),
});
type RawCustom = Out<typeof customShape>;

function checked(problemOf: (value: string) => string | undefined): Reader<string> {
  const plain = text(`at most ${metricExpressionCharsMax} characters of text`);
  return reader({ ...plain.schema, maxLength: metricExpressionCharsMax }, (node, field) => {
    const read = plain(node, field);
    if (!read.ok) return read;
    if (read.value.length > metricExpressionCharsMax) {
      return refuse(node, field, `at most ${metricExpressionCharsMax} characters`);
    }
    const problem = problemOf(read.value);
    return problem === undefined ? read : refuse(node, field, problem);
  });
}

/** Guardrails that Tidegate counts by itself, by `known`'s readers, and the app's own. */
export function guardrailsShape<T>(
  known: Reader<T>,
  knownNames: readonly string[],
): Reader<{ readonly known: T; readonly custom: readonly GuardrailPolicy[] }> {
  const schema = { ...known.schema, additionalProperties: customShape.schema };
  return reader(schema, (node, field) => {
    if (node.kind !== "map") return refuse(node, field, "a map from guardrails");
    const own = node.entries.filter(
      (entry) => !knownNames.includes(entry.key) && isCustomEntry(entry),
    );
    const rest: Located = {
      ...node,
      entries: node.entries.filter((entry) => !own.includes(entry)),
    };
    const read = known(rest, field);
    if (!read.ok) return read;
    if (own.length > customGuardrailsMax) {
      return refuse(node, field, `at most ${customGuardrailsMax} guardrails of the app's own`);
    }
    const custom: GuardrailPolicy[] = [];
    for (const entry of own) {
      const one = customGuardrail(entry, `${field}.${entry.key}`);
      if (!one.ok) return one;
      custom.push(one.value);
    }
    return ok({ known: read.value, custom });
  });
}

/** What names a counter is a guardrail of the app's own; anything else is a known one, perhaps misspelt. */
function isCustomEntry({ value }: LocatedEntry): boolean {
  return (
    value.kind === "map" &&
    value.entries.some(({ key }) => key === "otlp" || key === "prometheus" || key === "worse")
  );
}

function customGuardrail(
  { key, line, value }: LocatedEntry,
  field: string,
): Result<GuardrailPolicy, Mismatch> {
  if (reserved.has(key) || !/^[a-z][a-z0-9_-]{0,38}$/.test(key)) {
    const expected = `a name of a-z, 0-9, - and _ other than ${[...reserved].join(", ")}`;
    return err({ code: "invalid_input", line, field, found: key, expected });
  }
  const read = customShape(value, field);
  if (!read.ok) return read;
  const { otlp, prometheus } = read.value;
  if (otlp !== undefined && prometheus !== undefined) {
    return refuse(value, field, "otlp or prometheus, not both");
  }
  const metric = metricOf(read.value);
  if (typeof metric === "string") return refuse(value, field, metric);
  return ok({ name: key, tolerance: toleranceOf(read.value), metric });
}

/** The metric, or what was expected instead. */
function metricOf({ otlp, prometheus, worse }: RawCustom): MetricPolicy | string {
  const from = otlp ?? prometheus;
  if (from === undefined) return "otlp or prometheus, with the counters";
  const { events, of } = from;
  if (events === undefined) return "events: the counter of what is counted";
  const missing = of === undefined ? whyOf(prometheus !== undefined, worse) : undefined;
  if (missing !== undefined) return missing;
  return {
    from: otlp === undefined ? "prometheus" : "otlp",
    events,
    ...(of === undefined ? {} : { sample: of }),
    ...(prometheus?.server === undefined ? {} : { server: prometheus.server }),
    ...(worse === undefined ? {} : { worse }),
  };
}

/** Why the sample cannot be the requests at the edge, if it cannot. */
function whyOf(isPrometheus: boolean, worse: RawCustom["worse"]): string | undefined {
  if (isPrometheus) return "of: the query for how many there were in all";
  // Good events come after the requests that led to them: with growing exposure, the candidate has
  // always more requests than events that could have come yet, and would look worse than it is.
  return worse === "lower" ? "of: with worse: lower, a counter of all there were" : undefined;
}

function toleranceOf({
  tolerance: given,
  worse,
}: Pick<RawCustom, "tolerance" | "worse">): Tolerance {
  const usual = worse === "lower" ? usualLoss : usualTolerance;
  const wanted = typeof given === "number" ? { ratio: given } : given;
  return { ...usual, ...wanted, ratio: wanted?.ratio ?? usual.ratio };
}

const probeShape = object({
  path: text("a path that starts with /", /^\/[\x21-\x7e]{0,1000}$/),
  every: duration(probeEveryMsMax, probeEveryMsMin),
  expect: object({ status: amount({ least: 200, most: 599, isWhole: true }) }),
  timeout: duration(probeTimeoutMsMax),
});

const probe: Reader<ProbePolicy> = reader(
  { ...probeShape.schema, required: ["path"] },
  (node, field) => {
    const read = probeShape(node, field);
    if (!read.ok) return read;
    const { path, every = 5_000, expect, timeout = 2_000 } = read.value;
    if (path === undefined) return refuse(node, field, "path: what is asked for");
    return ok({
      path,
      everyMs: every,
      timeoutMs: timeout,
      ...(expect?.status === undefined ? {} : { expectStatus: expect.status }),
    });
  },
);

const probesObject = object({ requests: listOf(probe, probesMax), tolerance });
type RawProbes = Out<typeof probesObject>;
const probeList: Reader<RawProbes> = converted(listOf(probe, probesMax), (requests) => ({
  requests,
}));

/** A list of probes, or `{ requests, tolerance }`. */
export const probesShape: Reader<RawProbes> = reader(
  { anyOf: [probeList.schema, probesObject.schema] },
  (node, field) => {
    if (node.kind === "map") return probesObject(node, field);
    return node.kind === "list"
      ? probeList(node, field)
      : refuse(node, field, "a list of probes, or a map with requests");
  },
);

/** The probes, and the guardrail they are counted under. */
export function probesOf({ requests = [], tolerance: given }: RawProbes): {
  readonly probes: readonly ProbePolicy[];
  readonly guardrails: readonly GuardrailPolicy[];
} {
  if (requests.length === 0) return { probes: [], guardrails: [] };
  const one: GuardrailPolicy = {
    name: "probes",
    tolerance: toleranceOf(given === undefined ? {} : { tolerance: given }),
    metric: { from: "probes", events: "failed", sample: "asked" },
  };
  return { probes: requests, guardrails: [one] };
}
