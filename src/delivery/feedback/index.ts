/**
 * Feedback: did it do what it should, and back to the person who wrote it.
 *
 * Answers: what each journal entry says in words; when a push may end; what a commit's note says;
 * DORA's five metrics; how much of what an app may fail is left.
 * Leaves to others: sending it (api, cli, source), deciding anything at all.
 * Invariants: pure, so a story can be told again from the journal, word for word; every type of entry
 * has words; no control character and no line over 84 columns leaves this room; what is not known is
 * said to be unknown.
 * Read next: story.ts, then note.ts, then dora.ts and error-budget.ts.
 */
export { renderEntry, type StoryContext } from "./story.ts";
export { renderLogLine } from "./lines.ts";
export { type AskedFor, mayPushEnd, renderPushEnd } from "./push-end.ts";
export { newErrors, type InstanceLines, type ReleaseLines } from "./errors/new-errors.ts";
export type { LogLine } from "./errors/logged-error.ts";
export { replacedWords } from "./format.ts";
export { noteOf } from "./note.ts";
export { errorBudget, type ErrorBudget } from "./error-budget.ts";
export { dora, doraSinceAt, doraTypes, type DoraReport } from "./dora.ts";
