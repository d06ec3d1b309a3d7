/**
 * Platform: running what people push, and the platform's own processes.
 *
 * Answers: how a step runs and ends, how an instance gets ready, stops and crashes, how well it is
 * fenced in, where its log is; how the platform's own processes are kept alive.
 * Leaves to others: what to run (build), when to restart or replace it (rollout), routing (mesh).
 * Invariants: a step never runs twice; what was started outlives the server and is adopted by the next;
 * nothing from a repository runs outside the sandbox unless that was allowed by name; every limit ends
 * in a typed outcome; an app's files belong to its own uid; exits nobody asked for are told once.
 * Read next: process-runtime.ts, then step.ts, instance.ts, sandbox.ts, ladder.ts; supervisor.ts.
 */
export { createProcessRuntime } from "./lean-door.ts";
export type { ProcessRuntimeOptions } from "./process-runtime.ts";
export { dataDirectory } from "./data-directory.ts";
export { supervise, type ChildSpec, type SupervisorOptions } from "./supervisor.ts";
export type { AlreadyRunning } from "./supervisor-lock.ts";
