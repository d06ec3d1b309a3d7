/**
 * Cases from output that was written for people: node:test's spec reporter, Jest, Vitest and Mocha. Used
 * only when no report was written; the outcome never rests on it, only the name of what failed.
 */
import type { TestCase } from "#domain";
import { firstLines, withoutColours, type ReadCases } from "./report.ts";

interface Form {
  readonly source: ReadCases["source"];
  /** Group 1 is the name, 2 the duration in ms. */
  readonly passed: RegExp;
  readonly failed: RegExp;
  readonly skipped?: RegExp;
  /** Starts the details of a failure; group 1 is the name. */
  readonly details: RegExp;
  /** What must be somewhere in the output. */
  readonly mark: RegExp;
}

const forms: readonly Form[] = [
  {
    source: "node",
    mark: /^ℹ tests \d+$/m,
    passed: /^\s*✔ (.+?)(?: \(([\d.]+)ms\))?$/,
    failed: /^\s*✖ (.+?)(?: \(([\d.]+)ms\))?$/,
    skipped: /^\s*﹣ (.+?)(?: \(([\d.]+)ms\))?(?: # .*)?$/,
    details: /^✖ (.+?)(?: \([\d.]+ms\))?$/,
  },
  {
    source: "exit-code",
    mark: /^Tests: .*\d+ total$/m, // Jest
    passed: /^\s+✓ (.+?)(?: \((\d+) ms\))?$/,
    failed: /^\s+✕ (.+?)(?: \((\d+) ms\))?$/,
    skipped: /^\s+○ (?:skipped )?(.+?)$/,
    details: /^\s+● (.+)$/,
  },
  {
    source: "exit-code",
    mark: /^\s*Test Files\s+\d+/m, // Vitest
    passed: /^\s*✓ (.+?)(?: (\d+)ms)?$/,
    failed: /^\s*(?:×|✗) (.+?)(?: (\d+)ms)?$/,
    skipped: /^\s*↓ (.+?)$/,
    details: /^\s*FAIL\s+(.+)$/,
  },
  {
    source: "exit-code",
    mark: /^\s+\d+ passing \(/m, // Mocha
    passed: /^\s+✔ (.+?)(?: \((\d+)ms\))?$/,
    failed: /^\s{4,}\d+\) (.+?)$/,
    skipped: /^\s+- (.+)$/,
    details: /^\s{7,}(.+):$/, // the line below the number holds the name
  },
];

export function readSpecOutput(raw: readonly string[]): ReadCases | undefined {
  const lines = raw.map((line) => withoutColours(line));
  const text = lines.join("\n");
  const form = forms.find((one) => one.mark.test(text));
  if (form === undefined) return undefined;
  const cases = new Map<string, TestCase>();
  for (const [index, line] of lines.entries()) {
    const found = caseIn(form, line);
    if (found === undefined || cases.has(found.name)) continue;
    const message =
      found.state === "failed" ? messageOf(form, lines, { name: found.name, index }) : "";
    cases.set(found.name, message === "" ? found : { ...found, message });
  }
  return { source: form.source, cases: [...cases.values()] };
}

function caseIn(form: Form, line: string): TestCase | undefined {
  for (const state of ["failed", "passed", "skipped"] as const) {
    const match = form[state]?.exec(line);
    const [, name, duration] = match ?? [];
    if (name === undefined || name === "failing tests:") continue;
    return {
      name,
      state,
      ...(duration !== undefined && { durationMs: Math.round(Number(duration)) }),
    };
  }
  return undefined;
}

/** The lines below the last place that names the case; failures are told in full at the end. */
function messageOf(
  form: Form,
  lines: readonly string[],
  at: { readonly name: string; readonly index: number },
): string {
  const place = lines.findLastIndex(
    (line, index) => index > at.index && (form.details.exec(line)?.[1] ?? "").endsWith(at.name),
  );
  if (place === -1) return "";
  const below = lines.slice(place + 1, place + 40);
  const end = below.findIndex((line) => form.details.test(line));
  return firstLines((end === -1 ? below : below.slice(0, end)).join("\n"));
}
