/** A push becomes a Change: the document every later stage adds to. Pure. */
import { type Change, type CommitInfo, newId, stageNames } from "#domain";
import { parseExpectation } from "./expectation.ts";
import { expectationsMax } from "./limits.ts";
import { plainLine } from "./plain-line.ts";
import type { Push } from "./push.ts";

/** Time and chance, as arguments. `random` gives numbers in [0, 1). */
export interface Given {
  readonly now: number;
  readonly random: () => number;
}

type DiffStat = NonNullable<Change["diffStat"]>;

/** What is known about a push once its commit was read. */
export interface PushedCommit {
  readonly push: Push;
  readonly commit: CommitInfo;
  readonly diffStat?: DiffStat;
}

/** Builds the change of a push: source has passed, the other stages wait. */
export function changeOf(pushed: PushedCommit, given: Given): Change {
  const { push, commit, diffStat } = pushed;
  const expectations = commit.trailers
    .filter(({ key }) => key.toLowerCase() === "expect")
    .slice(0, expectationsMax)
    .map(({ value }) => ({
      id: newId("chg", given.random).replace(/^chg/, "exp"),
      ...parseExpectation(value),
    }));
  return {
    id: newId("chg", given.random),
    app: push.app,
    environment: "production",
    branch: push.branch,
    commit: commit.commit,
    tree: commit.tree,
    ...(push.before === undefined ? {} : { previousCommit: push.before }),
    subject: plainLine(commit.subject),
    author: { name: plainLine(commit.author.name), email: plainLine(commit.author.email) },
    // A laptop's clock may be ahead; nothing is committed after it was received.
    committedAt: Math.min(commit.committedAt, push.receivedAt),
    receivedAt: push.receivedAt,
    pushedBy: push.pushedBy,
    trailers: commit.trailers,
    expectations,
    ...(diffStat === undefined ? {} : { diffStat }),
    state: "delivering",
    stages: stageNames.map((name) =>
      name === "source"
        ? {
            name,
            state: "passed",
            startedAt: push.receivedAt,
            finishedAt: Math.max(push.receivedAt, given.now),
            summary: summaryOf(commit, diffStat),
          }
        : { name, state: "waiting" },
    ),
  };
}

function summaryOf(commit: CommitInfo, diffStat: DiffStat | undefined): string {
  const name = commit.commit.slice(0, 7);
  if (diffStat === undefined) return name;
  const { files, added, removed } = diffStat;
  return `${name}, ${files} ${files === 1 ? "file" : "files"}, +${added} -${removed}`;
}
