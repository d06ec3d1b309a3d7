/**
 * The API: Tidegate over HTTP, for machines and for the faces that people see; and git, over SSH as well.
 *
 * Answers: `/api/v1` as the contract has it, `/git/<app>.git`, instances' metrics at `/v1/metrics`, a page
 * for every problem, and `/`.
 * Leaves to others: what is asked for (delivery), serving repositories (source), the schemas (contract).
 * Invariants: every route says who may ask or the server does not start; nothing is read of a request that is
 * not allowed; a followed change is resumed without loss or repeats; every error is an RFC 9457 problem.
 * Read next: create-api.ts, access.ts, then handlers.ts.
 */
export { createApi, type Api, type ApiOptions, type Listening } from "./create-api.ts";
export { readConsoleFiles, type ConsoleFiles } from "./console-files.ts";
export { openTokens, type Authenticate, type Tokens } from "./tokens.ts";
export type { GitContext, GitService } from "./git-door.ts";
export { openHostKey, type HostKey } from "./ssh/host-key.ts";
export { openSshDoor, type SshDoor } from "./ssh/ssh-door.ts";
export type { MetricsAnswer, MetricsSent, MetricsService } from "./metrics-door.ts";
