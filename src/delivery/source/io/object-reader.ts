/**
 * A kept `git cat-file --batch` process: an object costs a round trip through a pipe (0.1 ms) instead
 * of a process start (4 ms). Requests are pipelined; answers come in the order of the questions.
 */
import { spawn } from "node:child_process";
import { assert } from "#std";
import { parseObjectId, type ObjectId } from "#domain";

export interface GitObject {
  readonly oid: ObjectId;
  readonly type: string;
  readonly content: Buffer;
}

export interface ObjectReader extends Disposable {
  /** The object of that name (an id, or a ref), or `undefined` when there is none. */
  read(name: string): Promise<GitObject | undefined>;
  readonly isOpen: boolean;
}

interface Waiting {
  readonly resolve: (object: GitObject | undefined) => void;
  readonly reject: (reason: Error) => void;
}

export function createObjectReader(env: Readonly<Record<string, string>>): ObjectReader {
  const child = spawn("git", ["cat-file", "--batch"], {
    env,
    cwd: env["HOME"],
    stdio: ["pipe", "pipe", "ignore"],
  });
  const waiting: Waiting[] = [];
  const parse = createAnswerParser((object) => waiting.shift()?.resolve(object));
  let isOpen = true;
  const close = (): void => {
    isOpen = false;
    for (const { reject } of waiting.splice(0)) reject(new Error("git cat-file ended"));
  };
  child.on("error", close).on("close", close);
  child.stdin.on("error", close);
  child.stdout.on("data", parse);
  return {
    read(name) {
      assert(!name.includes("\n"), "an object's name is one line");
      return new Promise((resolve, reject) => {
        if (!isOpen) reject(new Error("git cat-file ended"));
        else {
          waiting.push({ resolve, reject });
          child.stdin.write(`${name}\n`);
        }
      });
    },
    get isOpen() {
      return isOpen;
    },
    [Symbol.dispose]() {
      close();
      child.stdin.destroy();
      child.kill("SIGKILL");
    },
  };
}

/** Cuts `<oid> <type> <size>\n<content>\n` answers out of whatever chunks arrive. */
function createAnswerParser(
  onObject: (object: GitObject | undefined) => void,
): (chunk: Buffer) => void {
  let chunks: Buffer[] = [];
  let length = 0;
  let needed = 1;
  return (chunk) => {
    chunks.push(chunk);
    length += chunk.length;
    // Joined only when an answer can be complete: a large object arrives in many chunks.
    if (length < needed) return;
    let pending = Buffer.concat(chunks);
    for (;;) {
      const lineEnd = pending.indexOf(10);
      if (lineEnd < 0) {
        needed = pending.length + 1;
        break;
      }
      const [name, type = "", size] = pending.toString("utf8", 0, lineEnd).split(" ");
      const oid = parseObjectId(name);
      const isFound = oid.ok && /^\d+$/.test(size ?? "");
      const contentFrom = lineEnd + 1;
      const end = isFound ? contentFrom + Number(size) + 1 : contentFrom;
      if (pending.length < end) {
        needed = end;
        break;
      }
      onObject(
        isFound
          ? { oid: oid.value, type, content: pending.subarray(contentFrom, end - 1) }
          : undefined,
      );
      pending = pending.subarray(end);
      needed = 1;
    }
    chunks = pending.length === 0 ? [] : [pending];
    length = pending.length;
  };
}
