/** Small pieces that several sentences share. */
import type { Problem } from "#domain";
import { quoted, type Line, type StageWord } from "./lines.ts";

export function step(stage: StageWord, text: string, mood: "good" | "bad" = "good"): Line {
  return mood === "bad"
    ? { kind: "step", stage, text, isBad: true }
    : { kind: "step", stage, text };
}

export function detail(text: string): Line {
  return { kind: "detail", text };
}

/** The rest of a problem whose message was said: where, its last log lines, what to do next. */
export function problemLines(problem: Problem): readonly Line[] {
  return [
    ...(problem.where === undefined ? [] : [detail(`at ${problem.where}`)]),
    ...quoted(problem.log ?? []),
    ...(problem.next === undefined ? [] : [detail(`next: ${problem.next}`)]),
  ];
}
