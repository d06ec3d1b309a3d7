/**
 * YAML for those who read files that people write: a room of its own, because every process imports `#std`,
 * and the supervisor and the edges, which must stay small, read none (the parser takes 4 MB).
 *
 * Answers: what a document says, with the line of every value.
 * Leaves to others: what it means (`shape.ts` and whoever asks).
 * Invariants: pure; aliases are refused, as a few of them can stand for gigabytes.
 * Read next: parse-yaml.ts.
 */
export { parseYaml } from "./parse-yaml.ts";
