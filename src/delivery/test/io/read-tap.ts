/** TAP, from a file or from what the command printed. */
import { Parser, type Result as TapResult } from "tap-parser";
import type { TestCase } from "#domain";
import { firstLines, type ReadCases } from "../report.ts";

const looksLikeTap = /^(?:TAP version 1[34]|1\.\.\d+)\s*$/m;

/** Reads cases; `undefined` when the text is not TAP. */
export function readTap(text: string): ReadCases | undefined {
  if (!looksLikeTap.test(text)) return undefined;
  const cases: TestCase[] = [];
  listen(new Parser(), "", cases).end(text);
  return { source: "tap", cases };
}

/** Subtests first: their parent's line only repeats how they ended. */
function listen(parser: Parser, prefix: string, cases: TestCase[]): Parser {
  const parents = new Set<string>();
  parser.on("child", (child: Parser) => {
    parents.add(child.name);
    listen(child, `${prefix}${child.name} > `, cases);
  });
  parser.on("assert", (result: TapResult) => {
    if (!parents.has(result.name)) cases.push(caseOf(result, prefix));
  });
  return parser;
}

function caseOf(result: TapResult, prefix: string): TestCase {
  const isSkipped = result.skip !== false || result.todo !== false;
  const diag: unknown = result.diag;
  const said =
    typeof diag === "object" && diag !== null ? Object.fromEntries(Object.entries(diag)) : {};
  const message = [said["error"], said["message"], said["stack"]].filter(
    (one) => typeof one === "string",
  );
  const isFailed = !result.ok && !isSkipped;
  return {
    name: `${prefix}${result.name === "" ? `case ${result.id}` : result.name}`,
    state: isFailed ? "failed" : isSkipped ? "skipped" : "passed",
    ...(isFailed && { message: firstLines(message.join("\n")) }),
  };
}
