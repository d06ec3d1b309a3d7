/** A command that goes on until it is stopped, and the lines it prints as they come. */
import { spawn } from "node:child_process";
import { createInterface } from "node:readline";
import { within } from "./eventually.ts";

export interface Following {
  /** Resolves with the first line on stdout that matches, past or to come. */
  saw(pattern: RegExp): Promise<string>;
  /** Presses Ctrl-C; gives the exit code. */
  stop(): Promise<number>;
}

export function follow(file: string, argv: readonly string[], env: NodeJS.ProcessEnv): Following {
  const child = spawn(file, argv, { env, stdio: ["ignore", "pipe", "inherit"] });
  const lines: string[] = [];
  const waiting = new Set<() => void>();
  createInterface({ input: child.stdout }).on("line", (line) => {
    lines.push(line);
    for (const look of waiting) look();
  });
  const ended = new Promise<number>((resolve, reject) => {
    child.once("error", reject);
    child.once("close", (code) => resolve(code ?? 128));
  });
  return {
    async saw(pattern) {
      const found = new Promise<string>((resolve) => {
        const look = (): void => {
          const line = lines.find((text) => pattern.test(text));
          if (line === undefined) return;
          waiting.delete(look);
          resolve(line);
        };
        waiting.add(look);
        look();
      });
      return await within(`${argv.join(" ")} prints ${pattern}`, found, 15_000);
    },
    async stop() {
      child.kill("SIGINT");
      return await within(`${argv.join(" ")} ends`, ended, 15_000);
    },
  };
}
