/**
 * Source: a push becomes a Change.
 *
 * Answers: may this push go in, what did it bring, and what does a tree hold?
 * Leaves to others: who the pusher is (the API authenticates), whether the change is new (the journal),
 * and everything after it.
 * Invariants: nothing is read from a push before git has checked its objects, nothing is accepted
 * before our checks have read it in quarantine; an accepted update of a branch is told to `onPush`
 * exactly once while the server lives (after a crash, compare `head` with the newest change);
 * no path of a repository is written without being judged.
 * Read next: io/git-host.ts, then checks.ts.
 */
export {
  type GitConversation,
  type GitHost,
  type GitHostOptions,
  type GitRequest,
  createGitHost,
} from "./io/git-host.ts";
export type { Push, PushOptions } from "./push.ts";
export { type Given, type PushedCommit, changeOf } from "./change-of.ts";
export type { CheckLimits } from "./limits.ts";
