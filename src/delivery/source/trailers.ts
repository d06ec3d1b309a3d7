/**
 * Trailers of a commit message, by the rules of `git interpret-trailers`: the last paragraph, if it is
 * not the title and its lines are all trailers, or if it holds a line git itself wrote and at least a
 * quarter are trailers. The test compares this with git on generated messages.
 */
import type { Trailer } from "#domain";
import { trailersMax, trailerValueCharsMax } from "./limits.ts";

const gitGenerated = ["Signed-off-by: ", "(cherry picked from commit "];
const blank = /^[ \t\v\f\r]*$/;
const trailerLine = /^([A-Za-z0-9-]+)[ \t]*:(.*)$/s;

/** Gives the trailers of a whole commit message in order; continuation lines are unfolded. */
export function parseTrailers(message: string): readonly Trailer[] {
  const lines = message.split("\n");
  if (lines.at(-1) === "") lines.pop();
  const trailers: { key: string; value: string }[] = [];
  let isOpen = false;
  for (const line of lines.slice(blockStart(lines))) {
    const last = trailers.at(-1);
    const match = trailerLine.exec(line);
    if (/^\s/.test(line)) {
      if (isOpen && last !== undefined) last.value = `${last.value} ${line.trim()}`.trim();
    } else if (match !== null && trailers.length < trailersMax) {
      trailers.push({ key: match[1] ?? "", value: (match[2] ?? "").trim() });
      isOpen = true;
    } else {
      isOpen = false;
    }
  }
  return trailers.map(({ key, value }) => ({ key, value: value.slice(0, trailerValueCharsMax) }));
}

/** Index of the first line of the trailer block; `lines.length` when there is none. */
function blockStart(lines: readonly string[]): number {
  const none = lines.length;
  const titleEnd = lines.findIndex((line) => !line.startsWith("#") && blank.test(line));
  if (titleEnd < 0) return none;
  const seen = { trailers: 0, others: 0, continuations: 0, byGit: false };
  let isTail = true;
  for (let index = lines.length - 1; index >= titleEnd; index -= 1) {
    const line = lines[index] ?? "";
    if (!line.startsWith("#") && blank.test(line)) {
      if (isTail) continue;
      return isBlock(seen) ? index + 1 : none;
    }
    if (!line.startsWith("#")) isTail = false;
    count(seen, line);
  }
  return none;
}

interface Seen {
  trailers: number;
  others: number;
  continuations: number;
  byGit: boolean;
}

function count(seen: Seen, line: string): void {
  const isByGit = gitGenerated.some((prefix) => line.startsWith(prefix));
  if (line.startsWith("#")) {
    seen.others += seen.continuations;
    seen.continuations = 0;
  } else if (isByGit || trailerLine.test(line)) {
    seen.trailers += 1;
    seen.continuations = 0;
    seen.byGit ||= isByGit;
  } else if (/^\s/.test(line)) {
    seen.continuations += 1;
  } else {
    seen.others += 1 + seen.continuations;
    seen.continuations = 0;
  }
}

function isBlock(seen: Seen): boolean {
  const others = seen.others + seen.continuations;
  if (seen.byGit && seen.trailers * 3 >= others) return true;
  return seen.trailers > 0 && others === 0;
}
