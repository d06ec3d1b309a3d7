/** Notes under refs/notes/tidegate: what came of a commit, where its author fetches it. */
import { setTimeout } from "node:timers/promises";
import { backoffMs } from "#std";
import { type AppName, type ObjectId } from "#domain";
import { noteAttemptsMax, noteBytesMax } from "../limits.ts";
import { GitFailed, runGit } from "./git.ts";

export interface Note {
  readonly app: AppName;
  readonly commit: ObjectId;
  readonly text: string;
}

export interface NoteWriter {
  /** Sets the commit's note; the same text again changes nothing. */
  put(note: Note): Promise<void>;
}

export function createNoteWriter(
  envOf: (app: AppName) => Readonly<Record<string, string>>,
  random: () => number,
): NoteWriter {
  const lastOf = new Map<AppName, Promise<void>>();
  return {
    async put(note) {
      // One at a time here; other servers on the same directory are met by the retry.
      const before = lastOf.get(note.app) ?? Promise.resolve();
      const mine = before.then(() => putNote(envOf(note.app), note, random));
      const settled = mine.catch(() => undefined);
      lastOf.set(note.app, settled);
      await mine.finally(() => {
        if (lastOf.get(note.app) === settled) lastOf.delete(note.app);
      });
    },
  };
}

async function putNote(
  env: Readonly<Record<string, string>>,
  { commit, text }: Note,
  random: () => number,
): Promise<void> {
  const identity = {
    GIT_AUTHOR_NAME: "Tidegate",
    GIT_AUTHOR_EMAIL: "tidegate@localhost",
    GIT_COMMITTER_NAME: "Tidegate",
    GIT_COMMITTER_EMAIL: "tidegate@localhost",
    GIT_NOTES_REF: "refs/notes/tidegate",
  };
  const wanted = text.slice(0, noteBytesMax);
  const noteEnv = { ...env, ...identity };
  for (let attempt = 0; ; attempt += 1) {
    const found = await runGit(noteEnv, ["notes", "show", commit]).catch(() => undefined);
    if (found?.toString("utf8").trimEnd() === wanted.trimEnd()) return;
    try {
      await runGit(noteEnv, ["notes", "add", "--force", "--file=-", commit], wanted);
      return;
    } catch (cause) {
      // Another server wrote a note at the same moment: its ref lock passes at once.
      const isRace =
        cause instanceof GitFailed && /cannot lock ref|unable to create/i.test(cause.stderr);
      if (!isRace || attempt + 1 >= noteAttemptsMax) throw cause;
      await setTimeout(backoffMs({ firstMs: 20, maxMs: 500 }, attempt, random()));
    }
  }
}
