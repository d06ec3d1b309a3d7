/** What a program said and how it ended, for tests that meet the command line as a person does. */
import { execFile } from "node:child_process";

const deadlineMs = 30_000;

export interface Ran {
  /** -1: it was ended by a signal, or did not start. */
  readonly exitCode: number;
  readonly stdout: string;
  readonly stderr: string;
}

export interface Place {
  readonly cwd: string;
  readonly env: Readonly<Record<string, string>>;
}

export async function runProgram(
  program: string,
  words: readonly string[],
  { cwd, env }: Place,
): Promise<Ran> {
  return new Promise((resolve) => {
    execFile(program, [...words], { cwd, env, timeout: deadlineMs }, (error, stdout, stderr) => {
      const exitCode = error === null ? 0 : typeof error.code === "number" ? error.code : -1;
      resolve({ exitCode, stdout, stderr });
    });
  });
}
