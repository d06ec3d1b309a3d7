/** `go test -json`: one event a line. */
import type { TestCase } from "#domain";
import { firstLines, type ReadCases } from "./report.ts";

interface GoEvent {
  readonly Action?: unknown;
  readonly Package?: unknown;
  /** Of a package that is being compiled: "example.com/shop [example.com/shop.test]". */
  readonly ImportPath?: unknown;
  readonly Test?: unknown;
  readonly Elapsed?: unknown;
  readonly Output?: unknown;
}

const states = { pass: "passed", fail: "failed", skip: "skipped" } as const;

/** Reads cases; `undefined` when no line is an event. A package that does not compile is a failed case. */
export function readGoEvents(lines: readonly string[]): ReadCases | undefined {
  const events = lines.map((line) => parseEvent(line)).filter((event) => event !== undefined);
  if (events.length === 0) return undefined;
  const outputs = new Map<string, string[]>();
  const cases: TestCase[] = [];
  const failedIn = new Set<string>();
  for (const event of events) {
    const packageName = packageOf(event);
    const name = textOf(event.Test);
    const key = `${packageName} ${name ?? ""}`;
    const output = outputs.get(key) ?? [];
    outputs.set(key, [...output, textOf(event.Output) ?? ""].slice(-100));
    const state = stateOf(event.Action);
    // A package fails with its cases; it is a case of its own only when none of them says why.
    const isWhole = name === undefined && (state !== "failed" || failedIn.has(packageName));
    if (state === undefined || isWhole) continue;
    if (state === "failed") failedIn.add(packageName);
    cases.push(caseOf({ name: name ?? packageName, packageName, state, event }, output));
  }
  return { source: "go", cases: withoutParents(cases) };
}

function parseEvent(line: string): GoEvent | undefined {
  if (!line.startsWith("{")) return undefined;
  try {
    const value: unknown = JSON.parse(line);
    return typeof value === "object" && value !== null && "Action" in value ? value : undefined;
  } catch {
    return undefined; // a line of the program under test
  }
}

function packageOf(event: GoEvent): string {
  return textOf(event.Package) ?? textOf(event.ImportPath)?.split(" ")[0] ?? "";
}

function stateOf(action: unknown): TestCase["state"] | undefined {
  return action === "pass" || action === "fail" || action === "skip" ? states[action] : undefined;
}

function textOf(value: unknown): string | undefined {
  return typeof value === "string" ? value : undefined;
}

function caseOf(
  found: {
    readonly name: string;
    readonly packageName: string;
    readonly state: TestCase["state"];
    readonly event: GoEvent;
  },
  output: readonly string[],
): TestCase {
  const { name, packageName, state, event } = found;
  const own = output
    .filter((line) => !/^\s*(?:===|---|FAIL\b|ok\b|exit status)/.test(line))
    .join("");
  const place = /^\s*(?:\.\/)?([\w./-]+_test\.go):\d+:/m.exec(own)?.[1];
  return {
    name: packageName === name ? name : `${packageName} ${name}`,
    state,
    ...(place !== undefined && { file: place }),
    ...(typeof event.Elapsed === "number" && { durationMs: Math.round(event.Elapsed * 1000) }),
    ...(state === "failed" && { message: firstLines(own) }),
  };
}

/** A test fails with its subtests; what says why is the subtest. */
function withoutParents(cases: readonly TestCase[]): readonly TestCase[] {
  const failed = cases.filter((one) => one.state === "failed").map((one) => one.name);
  return cases.filter(
    ({ name, state }) =>
      state !== "failed" || !failed.some((other) => other.startsWith(`${name}/`)),
  );
}
