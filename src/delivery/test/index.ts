/**
 * Test: does the artifact do what its authors claim?
 *
 * Answers: whether the project's own tests pass on this very artifact, and which case failed why.
 * Leaves to others: which command that is (build's plan), whether it may meet users (assure).
 * Invariants: tests run in a copy and never change an artifact; a process that fails makes the outcome
 * failed, whatever its report says; no tests is an outcome of its own and never "passed".
 * Read next: io/run-tests.ts, then report.ts.
 */
export { runTests, type TestInput, type TestPorts } from "./io/run-tests.ts";
