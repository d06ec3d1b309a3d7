/** The server's end of the conversation with the hooks of one push. */
import type { Duplex } from "node:stream";
import type { Result } from "#std";
import type { InvalidInput } from "#domain";
import { parseHookMessage, type HookMessage } from "../hook-message.ts";
import { hookLineBytesMax, pushOptionsMax, refUpdatesMax } from "../limits.ts";
import { plainLine } from "../plain-line.ts";

export interface PushChannel {
  /** What the hooks say, in order; ends when git is gone. */
  messages(): AsyncIterable<Result<HookMessage, InvalidInput>>;
  /** Shows one line to the client; resolves when more may follow. Does nothing once the hook is gone. */
  say(line: string): Promise<void>;
  /** Ends the pre-receive hook. */
  decide(verdict: "accept" | "refuse"): void;
  /** Ends the post-receive hook, and with it the push. */
  end(): void;
}

const linesMax = refUpdatesMax + pushOptionsMax + 8;

export function createPushChannel(socket: Duplex): PushChannel {
  // A hook that dies resets the pair; the end of git tells the same more reliably.
  socket.on("error", () => undefined);
  const write = (line: string): boolean => !socket.writable || socket.write(`${line}\n`);
  return {
    messages: () => messagesOf(socket),
    async say(line) {
      for (const part of line.split("\n")) {
        if (!write(`say ${plainLine(part)}`)) await drained(socket);
      }
    },
    decide: (verdict) => void write(verdict),
    end: () => void write("end"),
  };
}

async function* messagesOf(socket: Duplex): AsyncGenerator<Result<HookMessage, InvalidInput>> {
  let lines: string[] = [];
  for await (const line of linesOf(socket)) {
    if (line === "end") {
      yield parseHookMessage(lines);
      lines = [];
    } else if (lines.length < linesMax) {
      lines.push(line);
    }
  }
}

async function* linesOf(socket: Duplex): AsyncGenerator<string> {
  let pending = Buffer.alloc(0);
  try {
    for await (const chunk of socket) {
      pending = Buffer.concat([pending, Buffer.from(chunk)]);
      for (let at = pending.indexOf(10); at >= 0; at = pending.indexOf(10)) {
        yield pending.subarray(0, Math.min(at, hookLineBytesMax)).toString("utf8");
        pending = pending.subarray(at + 1);
      }
      if (pending.length > hookLineBytesMax) return;
    }
  } catch {
    // Reset by a hook that died: the same as its end.
  }
}

function drained(socket: Duplex): Promise<void> {
  return new Promise((resolve) => {
    const done = (): void => {
      socket.off("drain", done).off("close", done).off("error", done);
      resolve();
    };
    socket.on("drain", done).on("close", done).on("error", done);
  });
}
