/** What a change's steps print: a file per change and stage, and a live copy for whoever watches. */
import { createWriteStream, type WriteStream } from "node:fs";
import { mkdir, readFile } from "node:fs/promises";
import { join } from "node:path";
import type { ChangeId, ChangeLogLine, ChangeLogs, Log } from "#domain";
import { removeOldLogs } from "./old-logs.ts";
import { changeLogBytesMax, logFollowerLinesMax, logFilesOpenMax } from "./limits.ts";

type Listener = (line: ChangeLogLine) => void;

/** Opens the logs kept below `dataDir/changes`. */
export function openChangeLogs(options: {
  readonly dataDir: string;
  readonly log: Log;
}): ChangeLogs {
  const listeners = new Map<ChangeId, Set<Listener>>();
  const files = new OpenFiles(join(options.dataDir, "changes"), options.log);
  return {
    append(change, line) {
      files.write(change, line);
      for (const listener of listeners.get(change) ?? []) listener(line);
    },
    async read(change, stage, linesMax) {
      const text = await readFile(files.path(change, stage), "utf8").catch(() => "");
      const lines = text.split("\n");
      if (lines.at(-1) === "") lines.pop();
      return lines.slice(-linesMax);
    },
    file: (change, stage) => files.path(change, stage),
    removeOld: async (now) => await removeOldLogs(join(options.dataDir, "changes"), now),
    follow(change, signal) {
      // Listening starts with the call, not with the first read: nothing printed in between is lost.
      const waiting: ChangeLogLine[] = [];
      let wake = Promise.withResolvers<void>();
      const listener: Listener = (line) => {
        if (waiting.length < logFollowerLinesMax) waiting.push(line);
        wake.resolve();
      };
      const own = listeners.get(change) ?? new Set();
      listeners.set(change, own.add(listener));
      const stop = (): void => {
        own.delete(listener);
        if (own.size === 0 && listeners.get(change) === own) listeners.delete(change);
        wake.resolve();
      };
      if (signal.aborted) stop();
      else signal.addEventListener("abort", stop, { once: true });
      return (async function* lines() {
        while (!signal.aborted) {
          const next = waiting.shift();
          if (next !== undefined) {
            yield next;
            continue;
          }
          await wake.promise;
          wake = Promise.withResolvers<void>();
        }
      })();
    },
  };
}

interface OpenFile {
  readonly stream: WriteStream;
  bytes: number;
}

/** The few files being written; the one longest unused is closed when there are too many. */
class OpenFiles {
  readonly #directory: string;
  readonly #log: Log;
  readonly #open = new Map<string, OpenFile | Promise<void>>();

  constructor(directory: string, log: Log) {
    this.#directory = directory;
    this.#log = log;
  }

  path(change: ChangeId, stage: ChangeLogLine["stage"]): string {
    return join(this.#directory, change, `${stage}.log`);
  }

  write(change: ChangeId, { stage, text }: ChangeLogLine): void {
    const path = this.path(change, stage);
    const found = this.#open.get(path);
    const line = `${text}\n`;
    if (found instanceof Promise) {
      found.then(() => this.#append(path, line)).catch(() => undefined);
      return;
    }
    if (found !== undefined) {
      // To the end of the row: the first in it is the one longest unused.
      this.#open.delete(path);
      this.#open.set(path, found);
      this.#append(path, line);
      return;
    }
    const opening = mkdir(join(this.#directory, change), { recursive: true, mode: 0o700 }).then(
      () => this.#add(path),
    );
    this.#open.set(path, opening);
    opening
      .then(() => this.#append(path, line))
      .catch((error: unknown) => {
        this.#open.delete(path);
        this.#log.warn("change_log.not_written", { path, error });
      });
  }

  #add(path: string): void {
    const stream = createWriteStream(path, { flags: "a", mode: 0o600 });
    stream.on("error", (error) => {
      this.#open.delete(path);
      this.#log.warn("change_log.not_written", { path, error });
    });
    this.#open.set(path, { stream, bytes: 0 });
    for (const [old, file] of this.#open) {
      if (this.#open.size <= logFilesOpenMax) break;
      if (file instanceof Promise) continue;
      file.stream.end();
      this.#open.delete(old);
    }
  }

  #append(path: string, line: string): void {
    const file = this.#open.get(path);
    if (file === undefined || file instanceof Promise || file.bytes > changeLogBytesMax) return;
    file.bytes += Buffer.byteLength(line);
    file.stream.write(line);
  }
}
