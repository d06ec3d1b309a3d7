/** Git as the stages need it. */
import type { Result } from "#std";
import type { NotFound, LimitReached } from "../errors.ts";
import type { AppName, ObjectId } from "../ids.ts";
import type { Person, Trailer } from "../change.ts";

export interface TreeEntry {
  /** Relative, `/`-separated, never absolute, never with `..`. */
  readonly path: string;
  readonly mode: "100644" | "100755" | "120000" | "160000";
  readonly oid: ObjectId;
  readonly sizeBytes: number;
}

export interface CommitInfo {
  readonly commit: ObjectId;
  readonly tree: ObjectId;
  readonly parents: readonly ObjectId[];
  readonly subject: string;
  readonly author: Person;
  readonly committedAt: number;
  readonly trailers: readonly Trailer[];
}

/** A readable tree: a commit's in a repository, or a plain directory for `tidegate plan DIR`. */
export interface SourceTree {
  /** Every file, sorted by path. */
  readonly entries: readonly TreeEntry[];
  /** A file's text, up to `bytesMax`. */
  read(path: string, bytesMax: number): Promise<Result<string, NotFound | LimitReached>>;
}

/** What lies between two commits, as much of it as fits. */
export interface Diff {
  readonly files: readonly DiffFile[];
  /** Files beyond those told. */
  readonly filesLeftOut: number;
  /** Newest first. */
  readonly commits: readonly DiffCommit[];
  readonly hasMoreCommits: boolean;
  /** As `git diff` writes it; cut off at the end of a line. */
  readonly patch: string;
  readonly isPatchCut: boolean;
}

/** With what a change was compared: what users had, by the number of that release; or the push before; or nothing. */
export interface ComparedWith {
  readonly commit?: ObjectId;
  readonly release?: number;
}

export interface DiffFile {
  readonly path: string;
  /** Absent for what is not text. */
  readonly added?: number;
  readonly removed?: number;
}

export interface DiffCommit {
  readonly commit: ObjectId;
  readonly subject: string;
  readonly author: string;
  readonly committedAt: number;
}

/** A commit, and those that it says it undoes: "This reverts commit …". */
export interface BroughtCommit {
  readonly commit: ObjectId;
  /** It has several parents, and is undone against the first. */
  readonly isMerge: boolean;
  readonly reverts: readonly ObjectId[];
}

export interface Repositories {
  create(app: AppName): Promise<void>;
  delete(app: AppName): Promise<void>;
  /** Packs a repository in which much has gathered, and empties the trash of what is old. */
  maintain(app: AppName): Promise<void>;
  commit(app: AppName, commit: ObjectId): Promise<Result<CommitInfo, NotFound>>;
  /** What a branch points at. */
  head(app: AppName, branch: string): Promise<ObjectId | undefined>;
  tree(app: AppName, tree: ObjectId): Promise<SourceTree>;
  /** Writes the tree's files below `directory` (absolute, empty or absent); symlinks leaving it are refused. */
  checkout(app: AppName, tree: ObjectId, directory: string): Promise<Result<void, LimitReached>>;
  /** Files, lines added and removed between two commits. */
  diffStat(
    app: AppName,
    from: ObjectId | undefined,
    to: ObjectId,
  ): Promise<{ readonly files: number; readonly added: number; readonly removed: number }>;
  /** Files, commits and patch between two commits, bounded; `from` absent: from nothing. */
  diff(app: AppName, from: ObjectId | undefined, to: ObjectId): Promise<Result<Diff, NotFound>>;
  /** What `to` has and `from` has not, newest first, bounded; none where one of the two is gone, or it takes long. */
  brought(app: AppName, from: ObjectId, to: ObjectId): Promise<readonly BroughtCommit[]>;
  /** Sets the commit's note under refs/notes/tidegate; idempotent. */
  putNote(app: AppName, commit: ObjectId, text: string): Promise<void>;
}
