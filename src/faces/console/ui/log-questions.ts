/** What is asked of a log: how long it is, and the lines of a chunk. */
import { queryOptions } from "@tanstack/react-query";
import type { LogWindowResource } from "#faces/api/contract";
import { chunkLines } from "./log-window.ts";

/** Where lines come from. The key names it among all others. */
export interface LineSource {
  readonly key: readonly string[];
  readonly window: (from: number, signal: AbortSignal) => Promise<LogWindowResource>;
}

/** Asked ahead and by the page, it is one question. */
const openingMs = 2_000;

export function headQuestion(source: LineSource) {
  return queryOptions({
    queryKey: ["log", ...source.key, 1, "head"],
    queryFn: ({ signal }) => source.window(1, signal),
    // Lines are no events of the journal: it is asked whenever a log is opened.
    staleTime: openingMs,
  });
}

/** What is written stays; a chunk that still grows is asked for again by whoever shows it. */
export function chunkQuestion(source: LineSource, from: number) {
  return queryOptions({
    queryKey: ["log", ...source.key, from],
    queryFn: ({ signal }) => wholeChunk(source, from, signal),
    staleTime: Number.POSITIVE_INFINITY,
  });
}

/** All lines there are of a chunk: an answer holds fewer where lines are long, and what follows is asked for then. */
async function wholeChunk(
  { window }: LineSource,
  from: number,
  signal: AbortSignal,
): Promise<LogWindowResource> {
  let answer = await window(from, signal);
  const { lines } = answer;
  while (lines.length < chunkLines && from + lines.length <= answer.total) {
    answer = await window(from + lines.length, signal);
    if (answer.lines.length === 0) break; // it became shorter meanwhile
    lines.push(...answer.lines.slice(0, chunkLines - lines.length));
  }
  return { ...answer, from, lines };
}
