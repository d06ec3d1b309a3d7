/** Notes under refs/notes/tidegate: what came of a commit, where its author fetches it. */
import { setTimeout } from "node:timers/promises";
import { backoffMs } from "#std";
import type { AppName, ObjectId } from "#domain";
import { noteAttemptsMax, noteBytesMax } from "../limits.ts";
import { GitFailed, runGit } from "./git.ts";
import type { ObjectReader } from "./object-reader.ts";

export interface Note {
  readonly app: AppName;
  readonly commit: ObjectId;
  readonly text: string;
}

export interface NoteWriter {
  /** Sets the commit's note; the same text again changes nothing. */
  put(note: Note): Promise<void>;
}

export interface NoteGround {
  readonly envOf: (app: AppName) => Readonly<Record<string, string>>;
  readonly readerOf: (app: AppName) => ObjectReader;
  readonly random: () => number;
}

export function createNoteWriter(ground: NoteGround): NoteWriter {
  const lastOf = new Map<AppName, Promise<void>>();
  return {
    async put(note) {
      // One at a time here; other servers on the same directory are met by the retry.
      const before = lastOf.get(note.app) ?? Promise.resolve();
      const mine = before.then(() => putNote(ground, note));
      const settled = mine.catch(() => undefined);
      lastOf.set(note.app, settled);
      await mine.finally(() => {
        if (lastOf.get(note.app) === settled) lastOf.delete(note.app);
      });
    },
  };
}

async function putNote(ground: NoteGround, { app, commit, text }: Note): Promise<void> {
  const identity = {
    GIT_AUTHOR_NAME: "Tidegate",
    GIT_AUTHOR_EMAIL: "tidegate@localhost",
    GIT_COMMITTER_NAME: "Tidegate",
    GIT_COMMITTER_EMAIL: "tidegate@localhost",
    GIT_NOTES_REF: "refs/notes/tidegate",
  };
  const wanted = text.slice(0, noteBytesMax);
  const noteEnv = { ...ground.envOf(app), ...identity };
  for (let attempt = 0; ; attempt += 1) {
    const found = await noteOf(ground.readerOf(app), commit);
    if (found?.trimEnd() === wanted.trimEnd()) return;
    try {
      await runGit(noteEnv, ["notes", "add", "--force", "--file=-", commit], wanted);
      return;
    } catch (cause) {
      // Another server wrote a note at the same moment: its ref lock passes at once.
      const isRace =
        cause instanceof GitFailed && /cannot lock ref|unable to create/i.test(cause.stderr);
      if (!isRace || attempt + 1 >= noteAttemptsMax) throw cause;
      await setTimeout(backoffMs({ firstMs: 20, maxMs: 500 }, attempt, ground.random()));
    }
  }
}

/**
 * The note as it is, over the kept reader: `git notes show` costs a process start. The tree of notes is
 * fanned out by two digits a level as it grows.
 */
async function noteOf(reader: ObjectReader, commit: ObjectId): Promise<string | undefined> {
  const levels = [0, 1, 2, 3].map((depth) => {
    const fan = Array.from({ length: depth }, (_, at) => commit.slice(2 * at, 2 * at + 2));
    return [...fan, commit.slice(2 * depth)].join("/");
  });
  const found = await Promise.all(
    levels.map(async (path) => await reader.read(`refs/notes/tidegate:${path}`)),
  );
  return found.find((object) => object?.type === "blob")?.content.toString("utf8");
}
