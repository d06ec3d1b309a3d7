/** JUnit XML, as node:test, pytest and most runners write it. */
import { parse } from "junit2json";
import type { TestCase } from "#domain";
import { firstLines, relativeFile, type ReadCases } from "../report.ts";

type Record_ = Readonly<Record<string, unknown>>;
const depthMax = 64;

/** Reads cases; `undefined` when the text is not JUnit XML. */
export async function readJunit(text: string, workDir: string): Promise<ReadCases | undefined> {
  let document: unknown;
  try {
    document = await parse(text);
  } catch {
    return undefined; // cut short by a crash, or no XML: the exit code decides
  }
  if (!isRecord(document)) return undefined;
  const cases: TestCase[] = [];
  collect(document, { workDir, cases, depth: 0 });
  return { source: "junit", cases };
}

interface Collecting {
  readonly workDir: string;
  readonly cases: TestCase[];
  readonly depth: number;
}

function collect(node: Record_, into: Collecting): void {
  if (into.depth > depthMax) return;
  for (const one of records(node["testcase"])) into.cases.push(caseOf(one, into.workDir));
  for (const suite of records(node["testsuite"]))
    collect(suite, { ...into, depth: into.depth + 1 });
}

function caseOf(node: Record_, workDir: string): TestCase {
  const [failure] = [...records(node["failure"]), ...records(node["error"])];
  const isSkipped = Array.isArray(node["skipped"]);
  const file = textOf(node["file"]);
  const seconds = Number(node["time"]);
  const group = textOf(node["classname"]);
  const name = textOf(node["name"]) ?? "a case without a name";
  // node:test says "test" for every case; pytest and others name the module or class.
  const isNamed = group !== undefined && group !== "test" && group !== name;
  return {
    name: isNamed ? `${group} ${name}` : name,
    state: failure !== undefined ? "failed" : isSkipped ? "skipped" : "passed",
    ...(file !== undefined && { file: relativeFile(file, workDir) }),
    ...(Number.isFinite(seconds) && { durationMs: Math.round(seconds * 1000) }),
    ...(failure !== undefined && { message: messageOf(failure) }),
  };
}

function messageOf(failure: Record_): string {
  const message = textOf(failure["message"]) ?? "";
  const inner = textOf(failure["inner"]) ?? "";
  // The message alone is often one word; what follows says where.
  return firstLines(inner.includes(message) ? inner : `${message}\n${inner}`);
}

function records(value: unknown): readonly Record_[] {
  if (Array.isArray(value)) return value.filter((item) => isRecord(item));
  return isRecord(value) ? [value] : [];
}

function isRecord(value: unknown): value is Record_ {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

function textOf(value: unknown): string | undefined {
  return typeof value === "string" && value !== "" ? value : undefined;
}
