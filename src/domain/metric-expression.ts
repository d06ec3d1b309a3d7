/**
 * What a custom guardrail's counters are called: a selector for OpenTelemetry, a query for Prometheus.
 * Both come from a repository and are held against one table before anything is asked.
 */
import { err, ok, type Result } from "#std";
import type { InstanceId } from "./ids.ts";

/** A counter by its name, and the attributes its series must have. */
export interface MetricSelector {
  readonly name: string;
  readonly where: Readonly<Record<string, string>>;
}

const selectorForm = /^([A-Za-z][\w./-]{0,254})(?:\{(.*)\})?$/s;
const conditionForm = /^\s*([A-Za-z_][\w.-]{0,127})\s*=\s*"([^"\\\n]{0,255})"\s*(?:,|$)/;

/** Reads `payments` or `payments{outcome="failed"}`; the error says what was expected. */
export function parseMetricSelector(text: string): Result<MetricSelector, string> {
  const [, name, conditions = ""] = selectorForm.exec(text) ?? [];
  if (name === undefined) {
    return err(`the name of a counter, such as payments or payments{outcome="failed"}`);
  }
  const where = new Map<string, string>();
  let rest = conditions.trim();
  while (rest !== "") {
    const [all, key, value] = conditionForm.exec(rest) ?? [];
    if (all === undefined || key === undefined || value === undefined) {
      return err(`attributes in braces as key="value", separated by commas`);
    }
    where.set(key, value);
    rest = rest.slice(all.length).trim();
  }
  return ok({ name, where: Object.fromEntries(where) });
}

/** What stands for `$release`, `$app` and `$instance` in a query, for one arm. */
export interface QueryNames {
  readonly app: string;
  /** "v12", as the app itself is told. */
  readonly release: string;
  readonly instances: readonly InstanceId[];
}

const variables: readonly string[] = ["release", "app", "instance"];
const variableForm = /\$([A-Za-z_]\w*)/g;

/**
 * Checks a PromQL query with variables; gives what was expected, or nothing when it is good. A variable
 * may only stand in a quoted label value, and one must tell the arms apart.
 */
export function promQueryProblem(query: string): string | undefined {
  const quoted = quotedParts(query);
  if (quoted === undefined) return "a query whose quotes are closed";
  const used = [...query.matchAll(variableForm)].map(([, name = ""]) => name);
  const unknown = used.find((name) => !variables.includes(name));
  if (unknown !== undefined) {
    return `only $release, $app and $instance as variables, not $${unknown}`;
  }
  const inside = quoted.flatMap((part) => [...part.matchAll(variableForm)]).length;
  if (inside < used.length) return `variables inside quoted label values, {release="$release"}`;
  return used.includes("release") || used.includes("instance")
    ? undefined
    : `$release or $instance in a label value: without it both arms would be given one number`;
}

/** The query for one arm. Names hold letters, digits, `-` and `_` only, so that none can end a quote. */
export function renderPromQuery(query: string, { app, release, instances }: QueryNames): string {
  // An arm without an instance matches nothing, rather than everything.
  const instance = instances.length === 0 ? "none" : instances.join("|");
  const values: Readonly<Record<string, string>> = { app, release, instance };
  return query.replaceAll(variableForm, (whole, name: string) => values[name] ?? whole);
}

/** The insides of string literals in turn; `undefined` when one does not end. */
function quotedParts(query: string): readonly string[] | undefined {
  const parts: string[] = [];
  let rest = query;
  for (;;) {
    const start = /["'`]/.exec(rest);
    if (start === null) return parts;
    const [quote] = start;
    const after = rest.slice(start.index + 1);
    const literal =
      quote === "`" ? /^([^`]*)`/ : new RegExp(`^((?:[^\\\\${quote}]|\\\\.)*)${quote}`, "s");
    const [all, inside = ""] = literal.exec(after) ?? [];
    if (all === undefined) return undefined;
    parts.push(inside);
    rest = after.slice(all.length);
  }
}
