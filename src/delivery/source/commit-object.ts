/** Reads a commit object as git stores it. */
import { err, ok, type Result } from "#std";
import { type CommitInfo, type InvalidInput, type ObjectId, parseObjectId } from "#domain";
import { parseTrailers } from "./trailers.ts";

/** Parses the content of the commit object `commit`. */
export function parseCommit(
  commit: ObjectId,
  content: Uint8Array,
): Result<CommitInfo, InvalidInput> {
  const text = decode(content);
  const headEnd = text.indexOf("\n\n");
  const head = headEnd < 0 ? text : text.slice(0, headEnd);
  const message = headEnd < 0 ? "" : text.slice(headEnd + 2);
  // A signature's lines are continuations (they start with a space): none can pose as a header.
  const headers = head.split("\n").filter((line) => !line.startsWith(" "));
  const values = (name: string): string[] =>
    headers
      .filter((line) => line.startsWith(`${name} `))
      .map((line) => line.slice(name.length + 1));
  const tree = parseObjectId(values("tree")[0]);
  if (!tree.ok) return err({ ...tree.error, field: "tree" });
  const parents: ObjectId[] = [];
  for (const value of values("parent")) {
    const parent = parseObjectId(value);
    if (!parent.ok) return err({ ...parent.error, field: "parent" });
    parents.push(parent.value);
  }
  const author = parseSignature(values("author")[0] ?? "");
  const committer = parseSignature(values("committer")[0] ?? "");
  return ok({
    commit,
    tree: tree.value,
    parents,
    subject: subjectOf(message),
    author: { name: author.name, email: author.email },
    committedAt: committer.at,
    trailers: parseTrailers(message),
  });
}

/** The first paragraph as one line, as `git log --format=%s` gives it. */
function subjectOf(message: string): string {
  const paragraph = message.replace(/^\s*\n/, "").split(/\n[ \t]*\n/)[0] ?? "";
  const subject = paragraph
    .split("\n")
    .map((line) => line.trim())
    .join(" ")
    .trim();
  return subject === "" ? "(no subject)" : subject;
}

/** `Ana <ana@example.org> 1700000000 +0100`; what is malformed comes out empty, not refused. */
function parseSignature(text: string): { name: string; email: string; at: number } {
  const match = /^(.*?)\s*<([^>]*)>\s*(-?\d{1,12})?/.exec(text);
  const seconds = Number(match?.[3] ?? 0);
  return { name: match?.[1] ?? "", email: match?.[2] ?? "", at: Math.max(0, seconds) * 1000 };
}

function decode(content: Uint8Array): string {
  return new TextDecoder("utf-8").decode(content);
}
