/**
 * How a command ends early. It is thrown, not returned: a command is one straight line of questions, the
 * first that fails ends it, and one place (main.ts) words the end.
 */
import type { ExitCode } from "./exit-code.ts";

export class CommandFailed extends Error {
  override readonly name = "CommandFailed";
  readonly exitCode: ExitCode;
  /** What to type or do now. */
  readonly next: string;

  constructor(message: string, end: { readonly exitCode: ExitCode; readonly next: string }) {
    super(message);
    this.exitCode = end.exitCode;
    this.next = end.next;
  }
}
