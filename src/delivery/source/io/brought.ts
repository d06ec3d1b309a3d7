/** The commits that one commit has and another has not, and which of them say that they undo another one. */
import { type BroughtCommit, type ObjectId, parseObjectId } from "#domain";
import {
  broughtCommitsMax,
  broughtMsMax,
  diffListBytesMax,
  revertsOfCommitMax,
} from "../limits.ts";
import { GitFailed, readGit } from "./git.ts";

/** As `git revert` writes it; of a merge it goes on: "…, reversing changes made to …". */
const revertLine = /^This reverts commit ([0-9a-f]{40}|[0-9a-f]{64})\b/gm;

interface Between {
  readonly from: ObjectId;
  readonly to: ObjectId;
}

/**
 * Newest first. None where git does not know one of the two any more or takes too long, and where it says more
 * than is read: what is beyond may say that something is undone.
 */
export async function broughtBetween(
  env: Readonly<Record<string, string>>,
  { from, to }: Between,
  msMax = broughtMsMax,
): Promise<readonly BroughtCommit[]> {
  const count = `--max-count=${broughtCommitsMax}`;
  const format = "--format=tformat:%H%x1f%P%x1f%b";
  const argv = ["log", "-z", "--no-show-signature", count, format, "--end-of-options"];
  try {
    const bounds = { bytesMax: diffListBytesMax, msMax };
    const { output, isCut } = await readGit(env, [...argv, to, `^${from}`], bounds);
    if (isCut) return [];
    return output.toString("utf8").split("\0").flatMap(commitOf);
  } catch (error) {
    // A branch that was rewritten may have lost a commit to git's own cleaning.
    if (error instanceof GitFailed) return [];
    throw error;
  }
}

function commitOf(record: string): readonly BroughtCommit[] {
  const [id = "", parents = "", ...message] = record.split("\u001f");
  const commit = parseObjectId(id);
  if (!commit.ok) return [];
  const reverts = [...message.join("\u001f").matchAll(revertLine)]
    .slice(0, revertsOfCommitMax)
    .flatMap(([, undone = ""]) => {
      const parsed = parseObjectId(undone);
      return parsed.ok ? [parsed.value] : [];
    });
  return [{ commit: commit.value, isMerge: parents.includes(" "), reverts }];
}
