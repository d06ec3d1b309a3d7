/** Git, as far as a command needs it in the author's own repository. */
import { execFile } from "node:child_process";

export interface GitAnswer {
  readonly isDone: boolean;
  readonly text: string;
}

const gitMsMax = 20_000;

/** Runs git without prompts; `input` goes to its standard input. */
export async function git(cwd: string, argv: readonly string[], input = ""): Promise<GitAnswer> {
  return new Promise((resolve) => {
    const env = { ...process.env, LC_ALL: "C", GIT_TERMINAL_PROMPT: "0" };
    const options = { cwd, env, timeout: gitMsMax };
    const child = execFile("git", [...argv], options, (error, stdout, stderr) => {
      resolve({ isDone: error === null, text: error === null ? stdout.trim() : stderr.trim() });
    });
    // Git may end before it has read its input; its exit status tells what came of it.
    child.stdin?.on("error", () => undefined);
    child.stdin?.end(input);
  });
}
