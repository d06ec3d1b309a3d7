/**
 * Feedback: did it do what it should, and back to the person who wrote it.
 */
export { type DoraReport } from "./dora.ts";
