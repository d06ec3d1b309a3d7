/** Git, as far as a command needs it in the author's own repository. */
import { execFile } from "node:child_process";

export interface GitAnswer {
  readonly isDone: boolean;
  readonly text: string;
  /** It had more to say than is read, and was ended: `text` is the beginning. */
  readonly isCut: boolean;
}

const gitMsMax = 20_000;
const gitOutputBytesMax = 1024 * 1024;

/** Runs git without prompts; `input` goes to its standard input. */
export async function git(cwd: string, argv: readonly string[], input = ""): Promise<GitAnswer> {
  return new Promise((resolve) => {
    const env = { ...process.env, LC_ALL: "C", GIT_TERMINAL_PROMPT: "0" };
    const options = { cwd, env, timeout: gitMsMax, maxBuffer: gitOutputBytesMax };
    const child = execFile("git", [...argv], options, (error, stdout, stderr) => {
      const isCut = error?.code === "ERR_CHILD_PROCESS_STDIO_MAXBUFFER";
      const text = error === null || isCut ? stdout : stderr;
      resolve({ isDone: error === null, text: text.trim(), isCut });
    });
    // Git may end before it has read its input; its exit status tells what came of it.
    child.stdin?.on("error", () => undefined);
    child.stdin?.end(input);
  });
}
