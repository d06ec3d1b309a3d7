/** How a command ends that was given a file which it cannot use. */
import path from "node:path";
import { invalidInputInWords, type InvalidInput } from "#domain";
import { CommandFailed } from "./command-failed.ts";
import { exitCodes } from "./exit-code.ts";

export function inputFailed(error: InvalidInput, fallbackFile: string): CommandFailed {
  const file = error.file ?? fallbackFile;
  const line = error.line === undefined ? "" : `:${error.line}`;
  const message = `${file}${line}: ${invalidInputInWords(error)}`;
  return new CommandFailed(message, { exitCode: exitCodes.usage, next: `edit ${file}${line}` });
}

/** For a file that cannot be opened or read. */
export function unreadable(file: string, error: unknown): CommandFailed {
  const exitCode = exitCodes.usage;
  if (error instanceof Error && "code" in error && error.code === "ENOENT") {
    const next = `ls ${path.dirname(file)}`;
    return new CommandFailed(`there is no file ${file}`, { exitCode, next });
  }
  const reason = error instanceof Error ? error.message : String(error);
  return new CommandFailed(`cannot read ${file}: ${reason}`, { exitCode, next: `ls -l ${file}` });
}
