/**
 * How much of what its steps print a push shows. A build's output is told as it comes, up to a bound: it
 * is what an author waits for. Of tests the report says what failed, so only their first signs of trouble
 * would be news, and those come with the report; the whole log is one command away. Pure but for its count.
 */
import type { ChangeLogLine } from "#domain";
import { renderLogLine } from "#delivery/feedback";
import { buildLinesTold } from "./limits.ts";

export interface ToldLines {
  /** The lines to show when this one was printed. */
  line(printed: ChangeLogLine): readonly string[];
  /** The lines to show when the step is over: how many were left out. */
  over(): readonly string[];
  /** Of the lines that follow, those that were not shown: the end of a log that was told as it came is no news. */
  news(lines: readonly string[]): readonly string[];
}

export function toldLines(): ToldLines {
  let told = 0;
  let leftOut = 0;
  let shown = new Set<string>();
  return {
    line({ stage, text }) {
      if (stage === "test" || text.trim() === "") return [];
      if (told >= buildLinesTold) {
        leftOut += 1;
        return [];
      }
      told += 1;
      const line = renderLogLine(text);
      shown.add(line);
      return [line];
    },
    over() {
      const count = leftOut;
      told = 0;
      leftOut = 0;
      return count === 0
        ? []
        : [renderLogLine(`… ${count} more lines: tidegate change show --log build`)];
    },
    news(lines) {
      const before = shown;
      shown = new Set();
      return lines.filter((line) => !before.has(line));
    },
  };
}
