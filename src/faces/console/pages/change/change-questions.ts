/** What the page of a change asks first. */
import { ask } from "../../api/ask.ts";
import { call } from "../../api/call.ts";
import { chunkQuestion, headQuestion, type LineSource } from "../../ui/log-questions.ts";
import { chunkLines, chunksOf } from "../../ui/log-window.ts";
import type { ChangeSearch } from "./change-search.ts";

export function changeQuestion(change: string) {
  return ask("GET /api/v1/changes/:change", { params: { change } });
}

/** The lines that building or testing printed. */
export function linesOf(change: string, stage: "build" | "test"): LineSource {
  return {
    key: [change, stage],
    window: (from, signal) =>
      call(
        "GET /api/v1/changes/:change/logs/:stage/window",
        { params: { change, stage }, query: { from, count: chunkLines } },
        signal,
      ),
  };
}

/** What the page will ask at this address; a link to a line of a log leads to that line's chunk. */
export function questionsAt(change: string, { log, line }: ChangeSearch) {
  const first = [changeQuestion(change)];
  // A change that is named by its commit has a log by the id that is not known yet.
  if (log === undefined || !change.startsWith("chg_")) return first;
  const source = linesOf(change, log);
  const chunks = line === undefined ? [] : chunksOf({ first: line, count: 1 });
  return [...first, headQuestion(source), ...chunks.map((from) => chunkQuestion(source, from))];
}
