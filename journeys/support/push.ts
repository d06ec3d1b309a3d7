/** One `git push` by a real git: the lines the author reads, each with its time, as they come. */
import { spawn } from "node:child_process";
import { createInterface } from "node:readline";
import { within } from "./eventually.ts";

export interface PushLine {
  /** Since the push began, in ms. */
  readonly atMs: number;
  readonly text: string;
}

export interface Push {
  readonly lines: readonly PushLine[];
  /** Resolves with the first line that matches, past or to come. */
  saw(pattern: RegExp, withinMs?: number): Promise<PushLine>;
  /** Resolves when git has ended. */
  ended(withinMs?: number): Promise<Pushed>;
  /** The person closes the lid. */
  interrupt(): void;
}

export interface Pushed {
  readonly code: number;
  readonly elapsedMs: number;
  /** Everything git printed; wrapped sentences of `remote:` lines are joined by single spaces. */
  readonly text: string;
}

export function startPush(cwd: string, argv: readonly string[], env: NodeJS.ProcessEnv): Push {
  const startedAt = performance.now();
  const child = spawn("git", ["push", ...argv], { cwd, env, stdio: ["ignore", "pipe", "pipe"] });
  const lines: PushLine[] = [];
  const waiting = new Set<() => void>();
  const wake = (): void => {
    for (const each of waiting) each();
  };
  for (const stream of [child.stdout, child.stderr]) {
    createInterface({ input: stream }).on("line", (line) => {
      const text = line.replace(/^remote: ?/, "").trimEnd();
      lines.push({ atMs: performance.now() - startedAt, text });
      wake();
    });
  }
  const over = new Promise<Pushed>((resolve, reject) => {
    child.once("error", reject);
    child.once("close", (code) => {
      const text = lines.map((line) => line.text.trim()).join(" ");
      resolve({ code: code ?? 128, elapsedMs: performance.now() - startedAt, text });
      wake();
    });
  });
  const said = (): string => lines.map(({ text }) => text).join("\n");
  return {
    lines,
    async saw(pattern, withinMs = 60_000) {
      let isOver = false;
      void over.finally(() => (isOver = true));
      const found = new Promise<PushLine>((resolve, reject) => {
        const look = (): void => {
          const line = lines.find(({ text }) => pattern.test(text));
          if (line === undefined && !isOver && child.exitCode === null) return;
          waiting.delete(look);
          if (line !== undefined) resolve(line);
          else reject(new Error(`the push ended without ${pattern}:\n${said()}`));
        };
        waiting.add(look);
        look();
      });
      return await explained(`the push says ${pattern}`, found, withinMs);
    },
    ended: async (withinMs = 120_000) => await explained("the push ends", over, withinMs),
    interrupt: () => child.kill("SIGINT"),
  };

  async function explained<T>(claim: string, promise: Promise<T>, ms: number): Promise<T> {
    return await within(claim, promise, ms).catch((error: unknown) => {
      child.kill("SIGKILL");
      throw new Error(`${String(error)}\nit said:\n${said()}`, { cause: error });
    });
  }
}
