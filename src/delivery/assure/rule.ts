/**
 * One gate rule: CEL text in, outcome and reason out.
 *
 * The problem: rules come from the repository that is being judged, and CEL's macros (`all`, `map`, …)
 * nest: forty of them over ten elements take longer than the universe has. `matches` runs a
 * backtracking regular expression. Timing an evaluation out would need a thread, and would make the
 * decision depend on the machine's load. So a rule is an expression without loops: only the functions
 * below, each linear in its input, and the length of the text bounds what evaluating it costs.
 */
import { Environment, type ASTNode } from "@marcbachmann/cel-js";
import { some } from "#std";
import type { GateRule } from "#domain";
import { factNames, factTypes, type GateFacts } from "./facts.ts";
import { gateRuleCharsMax, gateRuleDepthMax, gateRuleNodesMax } from "./limits.ts";

type Value = string | number | boolean;
type Inputs = Readonly<Record<string, Value>>;
type Judged = Pick<GateRule, "outcome" | "because"> & { readonly inputs: Inputs };

const functions: ReadonlySet<string> = new Set([
  "has",
  "size",
  "startsWith",
  "endsWith",
  "contains",
  "lowerAscii",
  "upperAscii",
  "trim",
  "int",
  "double",
  "string",
]);

const environment = openEnvironment();

/** Evaluates one rule. Never throws: what goes wrong is the outcome `error`, with the reason. */
export function evaluateRule(name: string, rule: string, facts: GateFacts): GateRule {
  if (rule.length > gateRuleCharsMax) {
    const because = `rule ${name} has ${rule.length} characters; at most ${gateRuleCharsMax} are read`;
    return { name, rule: `${rule.slice(0, 80)}…`, inputs: {}, outcome: "error", because };
  }
  return { name, rule, ...judge(name, rule, facts) };
}

/** Whether a rule is about who approves: it can be asked, and only once somebody does. */
export function isAboutApproval(rule: string): boolean {
  if (rule.length > gateRuleCharsMax) return false;
  try {
    const parsed = environment.parse(rule);
    const isAsked = nodesOf(parsed.ast).some((node) => factOf(node) === "approver");
    return isAsked && parsed.check().valid;
  } catch {
    // What cannot be read is the gate's to refuse, at once and with the reason.
    return false;
  }
}

function judge(name: string, rule: string, facts: GateFacts): Judged {
  let inputs: Inputs = {};
  try {
    const parsed = environment.parse(rule);
    inputs = inputsOf(parsed.ast, facts);
    const refused = calledNames(parsed.ast).find((called) => !functions.has(called));
    if (refused !== undefined) return failedToRun(inputs, refusal(name, refused));

    const checked = parsed.check();
    if (!checked.valid) return failedToRun(inputs, explain(name, checked.error));
    if (checked.type !== "bool") return failedToRun(inputs, notBoolean(name, checked.type));
    const holds: unknown = parsed(celFacts(facts));
    if (typeof holds !== "boolean") return failedToRun(inputs, notBoolean(name, typeof holds));
    return { inputs, outcome: holds ? "passed" : "failed", because: sentence(rule, holds, inputs) };
  } catch (error) {
    // The interpreter reports by throwing: syntax, division by zero, a fact that is not known.
    return failedToRun(inputs, explain(name, error));
  }
}

function failedToRun(inputs: Inputs, because: string): Judged {
  return { inputs, outcome: "error", because };
}

function sentence(rule: string, holds: boolean, inputs: Inputs): string {
  const values = Object.entries(inputs).map(([fact, value]) => `${fact} is ${show(value)}`);
  const verb = holds ? "holds" : "does not hold";
  return values.length === 0 ? `${rule} ${verb}` : `${rule} ${verb}: ${values.join(", ")}`;
}

function show(value: Value): string {
  return typeof value === "string" ? JSON.stringify(value) : String(value);
}

function notBoolean(name: string, type = "nothing"): string {
  return `rule ${name} must be true or false; it gives ${type}`;
}

function refusal(name: string, called: string): string {
  const available = [...functions].join(", ");
  return `rule ${name} calls ${called}, which rules may not; available are ${available}`;
}

function explain(name: string, error: unknown): string {
  const { code, summary } = reasonOf(error);
  const hint =
    code === "unknown_variable" || code === "no_such_key"
      ? `; available are ${factNames.join(", ")}`
      : "";
  return `rule ${name} cannot be evaluated: ${summary}${hint}`;
}

function reasonOf(error: unknown): { readonly code: string; readonly summary: string } {
  if (!(error instanceof Error)) return { code: "", summary: String(error) };
  const code = "code" in error && typeof error.code === "string" ? error.code : "";
  const summary = "summary" in error && typeof error.summary === "string" ? error.summary : "";
  return { code, summary: lowerFirst(summary === "" ? error.message : summary) };
}

function lowerFirst(text: string): string {
  return text.slice(0, 1).toLowerCase() + text.slice(1);
}

/** The facts a rule names, with their values: what a reader needs to follow the decision. */
function inputsOf(ast: ASTNode, facts: GateFacts): Inputs {
  const values = flatFacts(facts);
  const named = new Set(nodesOf(ast).flatMap((node) => factOf(node) ?? []));
  return Object.fromEntries(
    [...named].flatMap((fact) => {
      const value = values.get(fact);
      return value === undefined ? [] : [[fact, value] as const];
    }),
  );
}

function factOf(node: ASTNode): string | undefined {
  if (node.op === "id") return node.args;
  if (node.op === ".") {
    const [object, field] = node.args;
    return object.op === "id" ? `${object.args}.${field}` : undefined;
  }
  if (node.op !== "[]") return undefined;
  const [object, key] = node.args;
  return object.op === "id" && key.op === "value"
    ? `${object.args}.${String(key.args)}`
    : undefined;
}

function calledNames(ast: ASTNode): readonly string[] {
  return nodesOf(ast).flatMap((node) =>
    node.op === "call" || node.op === "rcall" ? [node.args[0]] : [],
  );
}

/** Every node of the tree, whatever its operator: arguments are nodes, lists of them, or values. */
function nodesOf(root: ASTNode): readonly ASTNode[] {
  const found: ASTNode[] = [];
  const open: unknown[] = [root];
  while (open.length > 0) {
    const next = open.pop();
    if (Array.isArray(next)) open.push(...next);
    else if (isNode(next)) {
      found.push(next);
      open.push(next.args);
    }
  }
  return found;
}

function isNode(value: unknown): value is ASTNode {
  return typeof value === "object" && value !== null && "op" in value && "args" in value;
}

function flatFacts(facts: GateFacts): ReadonlyMap<string, Value> {
  const { app, author, approver, ...groups } = facts;
  const names = Object.entries({ app, author, ...some("approver", approver) });
  const flat = new Map<string, Value>(names);
  for (const [name, group] of Object.entries<Inputs>(groups)) {
    for (const [field, value] of Object.entries(group)) flat.set(`${name}.${field}`, value);
  }
  return flat;
}

/** CEL's integers are 64-bit, JavaScript's are BigInt; a plain number would be a double. */
function celFacts(facts: GateFacts): Record<string, unknown> {
  const { app, author, approver, ...groups } = facts;
  const converted = Object.entries<Inputs>(groups).map(([name, group]) => {
    const fields = Object.entries(group).map(([field, value]) => [field, cel(value)]);
    return [name, Object.fromEntries(fields)];
  });
  return { app, author, ...some("approver", approver), ...Object.fromEntries(converted) };
}

function cel(value: Value): string | boolean | bigint {
  return typeof value === "number" ? BigInt(value) : value;
}

function openEnvironment(): Environment {
  const limits = { maxAstNodes: gateRuleNodesMax, maxDepth: gateRuleDepthMax };
  const opened = new Environment({ limits });
  for (const [name, type] of Object.entries(factTypes)) {
    if (typeof type === "string") opened.registerVariable(name, type);
    else opened.registerVariable({ name, schema: type });
  }
  return opened;
}
