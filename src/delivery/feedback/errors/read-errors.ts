/**
 * Finds the errors in what a program printed: stacks of Node, tracebacks of Python, panics of Go, lines
 * of JSON, and lines that begin by saying that they tell of an error. Pure. What belongs together is one
 * error: a stack with the line above it, an exception with those it was raised from.
 */
import { nodeFrame } from "./frames.ts";
import { goError, isGoHead } from "./go-error.ts";
import { jsonError } from "./json-error.ts";
import { framedLinesMax, linesAtOnce, messageLinesMax } from "./limits.ts";
import type { Found, LoggedError, LogLine } from "./logged-error.ts";
import { saidIn, typed } from "./message.ts";
import { nodeError, stackFrom } from "./node-error.ts";
import { pythonError, pythonHead } from "./python-error.ts";

/** `root`: the directory of the app's own code, absolute. Errors in the order of their lines. */
export function readErrors(lines: readonly LogLine[], root: string): readonly LoggedError[] {
  const texts = lines.map(({ text }) => text);
  const errors: LoggedError[] = [];
  let index = 0;
  while (index < texts.length) {
    const found = errorAt(texts, index, root);
    if (found !== undefined) errors.push({ ...found, number: lines[index]?.number ?? 0 });
    index += found?.lines ?? 1;
  }
  return errors;
}

/**
 * The same, in turns: `pause` lets others go on. No error has more lines than one turn has beyond the place
 * where the next begins, so none is cut in two.
 */
export async function readErrorsInTurns(
  lines: readonly LogLine[],
  root: string,
  pause: () => Promise<void>,
): Promise<readonly LoggedError[]> {
  const errors: LoggedError[] = [];
  let from = 0;
  while (from < lines.length) {
    const turn = lines.slice(from, from + linesAtOnce);
    const isLast = from + turn.length >= lines.length;
    const whole = isLast ? turn.length : turn.length - overlap;
    const first = turn[0]?.number ?? 0;
    const read = readErrors(turn, root).filter(({ number }) => number - first < whole);
    errors.push(...read);
    const last = read.at(-1);
    const end = last === undefined ? 0 : last.number - first + last.lines;
    from += Math.max(whole, end);
    if (from < lines.length) await pause();
  }
  return errors;
}

/** An error, with the line before it and what is looked at after it. */
const overlap = framedLinesMax + 2 * messageLinesMax;

/** A line without any of these, and without a stack below, is passed over quickly. */
const telling = /error|exception|traceback|panic|fatal|critical|severe|emerg|"level"|"severity"/i;

function errorAt(texts: readonly string[], index: number, root: string): Found | undefined {
  const text = texts[index] ?? "";
  const from = stackFrom(texts, index, root);
  if (from !== undefined) return nodeError(texts, { index, from }, root);
  if (!telling.test(text)) return undefined;
  if (text.startsWith("{")) return jsonError(text, (stack) => errorAt(stack, 0, root));
  if (text.includes(pythonHead)) return pythonError(texts, index, root);
  if (isGoHead(text)) return goError(texts, index, root);
  const next = texts[index + 1] ?? "";
  // The line above a stack names the occasion; the stack names the error.
  if (next.includes(pythonHead) || nodeFrame(next, root) !== undefined) return undefined;
  return plainError(text);
}

const levelWord = /^.{0,60}?\b(?:ERROR|FATAL|CRITICAL|SEVERE|PANIC|EMERG)\b/;
const beginning = /^\W*(?:error|fatal|panic|critical)\b\s*[:\]]/i;
const bracketed = /\[(?:error|fatal|crit|critical|alert|emerg)\]/i;
const logfmt = /\blevel=(?:error|fatal|panic|critical)\b/i;
/** In the middle of a line, a type may be anything: a path, a word of a user. */
const atTheBeginning = /^\W{0,40}\S{0,40}(?:Error|Exception)\b/;

function plainError(text: string): Found | undefined {
  const isLogfmt = logfmt.test(text);
  const isTold = levelWord.test(text) || beginning.test(text) || bracketed.test(text) || isLogfmt;
  const isTyped = atTheBeginning.test(text) && typed.test(text);
  if (!isTold && !isTyped) return undefined;
  const [, quoted] = isLogfmt ? (/\b(?:err|error|msg)="((?:[^"\\]|\\.)*)"/.exec(text) ?? []) : [];
  return { ...saidIn(quoted ?? text), lines: 1 };
}
