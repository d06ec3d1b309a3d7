/**
 * One gate rule: CEL text in, outcome and reason out.
 *
 * The problem: rules come from the repository that is being judged, and CEL's macros (`all`, `map`, …)
 * nest: forty of them over ten elements take longer than the universe has. `matches` runs a
 * backtracking regular expression. Timing an evaluation out would need a thread, and would make the
 * decision depend on the machine's load. So a rule is an expression without loops: only the functions
 * below, each linear in its input, and the length of the text bounds what evaluating it costs.
 */
import { Environment, type ASTNode, type ParseResult } from "@marcbachmann/cel-js";
import { err, nearest, ok, type Result, some } from "#std";
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
    const because = tooLong(rule);
    return { name, rule: `${rule.slice(0, 80)}…`, inputs: {}, outcome: "error", because };
  }
  return untested({ name, rule, ...judge(rule, facts) }, facts);
}

/** Says of a rule that holds for want of tests that it does. */
function untested(judged: GateRule, { tests }: GateFacts): GateRule {
  const asksForTests = Object.keys(judged.inputs).some((fact) => fact.startsWith("tests."));
  if (judged.outcome !== "passed" || !asksForTests || tests.outcome !== "none") return judged;
  return { ...judged, because: `${judged.because}, as no test was run`, isUntested: true };
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

/** Says what is wrong with a rule whatever the facts are; nothing when it can be asked. Never throws. */
export function ruleFault(rule: string): string | undefined {
  if (rule.length > gateRuleCharsMax) return tooLong(rule);
  try {
    const read = readRule(environment.parse(rule));
    return read.ok ? undefined : read.error;
  } catch (error) {
    return explain(error);
  }
}

function judge(rule: string, facts: GateFacts): Judged {
  let inputs: Inputs = {};
  try {
    const parsed = environment.parse(rule);
    inputs = inputsOf(parsed.ast, facts);
    const read = readRule(parsed);
    if (!read.ok) return failedToRun(inputs, read.error);
    const holds: unknown = parsed(celFacts(facts));
    if (typeof holds !== "boolean") return failedToRun(inputs, notBoolean(typeof holds));
    return { inputs, outcome: holds ? "passed" : "failed", because: sentence(rule, holds, inputs) };
  } catch (error) {
    // The interpreter reports by throwing: syntax, division by zero, a fact that is not known.
    return failedToRun(inputs, explain(error));
  }
}

/** What can be said before there are facts: calls, names and types. */
function readRule(parsed: ParseResult): Result<undefined, string> {
  const refused = calledNames(parsed.ast).find((called) => !functions.has(called));
  if (refused !== undefined) return err(refusal(refused));
  const unknown = unknownFactIn(parsed.ast);
  if (unknown !== undefined) return err(noSuchFact(unknown));
  const checked = parsed.check();
  if (!checked.valid) return err(explain(checked.error));
  return checked.type === "bool" ? ok(undefined) : err(notBoolean(checked.type));
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

function tooLong(rule: string): string {
  return `it has ${rule.length} characters; at most ${gateRuleCharsMax} are read`;
}

function notBoolean(type = "nothing"): string {
  return `it must be true or false, and gives ${type}`;
}

function refusal(called: string): string {
  return `it calls ${called}, which rules may not; they may call ${inWords([...functions])}`;
}

/** With what was meant, if that is near; else with what there is. */
function noSuchFact(name: string): string {
  const [group = "", field] = name.split(".");
  const fields = factNames.flatMap((each) => (each.startsWith(`${group}.`) ? [each] : []));
  // Beside a known group every field of it would be near.
  const isInGroup = field !== undefined && fields.length > 0;
  const meant = isInGroup
    ? nearest(field, fields.map(lastPart))
    : nearest(name, [...factNames, ...Object.keys(factTypes)]);
  const what = `no fact is called ${name}`;
  if (meant !== undefined) return `${what}; did you mean ${isInGroup ? `${group}.` : ""}${meant}?`;
  if (isInGroup) return `${what}; ${group} has ${inWords(fields.map(lastPart))}`;
  const names = Object.entries(factTypes).map(([each, type]) =>
    typeof type === "string" ? each : `${each}.…`,
  );
  return `${what}; there are ${inWords(names)}`;
}

function lastPart(name: string): string {
  return name.slice(name.lastIndexOf(".") + 1);
}

function inWords(names: readonly string[]): string {
  return `${names.slice(0, -1).join(", ")} and ${names.at(-1) ?? ""}`;
}

function explain(error: unknown): string {
  return `it cannot be evaluated: ${reasonOf(error)}`;
}

function reasonOf(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  const summary = "summary" in error && typeof error.summary === "string" ? error.summary : "";
  return lowerFirst(summary === "" ? error.message : summary);
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

/** A name that no fact has; of a group without its field it is the interpreter's to say what is wrong. */
function unknownFactIn(ast: ASTNode): string | undefined {
  const named = nodesOf(ast).flatMap((node) => factOf(node) ?? []);
  const unknown = named.filter((name) => !factNames.includes(name) && !(name in factTypes));
  // The whole of "tets.failed" says more than its beginning, which is a name as well.
  return unknown.find((name) => name.includes(".")) ?? unknown[0];
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
