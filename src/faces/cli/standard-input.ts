/** What must not be on a command line, where everybody on the machine can read it. */
import { CommandFailed } from "./command-failed.ts";
import { exitCodes } from "./exit-code.ts";
import { standardInputBytesMax } from "./limits.ts";
import type { Session } from "./session.ts";

/** Standard input up to its end, without the line break that `echo` and editors add. */
export async function standardInput(
  { terminal }: Pick<Session, "terminal">,
  what: string,
): Promise<string> {
  if (process.stdin.isTTY) terminal.narrate(`type ${what}, then Enter and Ctrl-D`);
  const parts: Buffer[] = [];
  let sizeBytes = 0;
  for await (const part of process.stdin) {
    parts.push(Buffer.from(part));
    sizeBytes += Buffer.byteLength(part);
    if (sizeBytes > standardInputBytesMax) {
      throw new CommandFailed(`${what} has more than ${standardInputBytesMax} bytes`, {
        exitCode: exitCodes.usage,
        next: "keep what is larger in a file or a store, and give its address",
      });
    }
  }
  return Buffer.concat(parts)
    .toString("utf8")
    .replace(/\r?\n$/, "");
}
