/**
 * How a command ends early. It is thrown, not returned: a command is one straight line of questions, the
 * first that fails ends it, and one place (main.ts) words the end.
 */
import type { ProblemCode } from "#faces/api/contract";
import type { ExitCode } from "./exit-code.ts";

interface End {
  readonly exitCode: ExitCode;
  readonly next: string;
  readonly code?: ProblemCode;
}

export class CommandFailed extends Error {
  override readonly name = "CommandFailed";
  readonly exitCode: ExitCode;
  /** What to type or do now. */
  readonly next: string;
  /** The API's code, when it was the API that said no. */
  readonly code: ProblemCode | undefined;

  constructor(message: string, end: End) {
    super(message);
    this.exitCode = end.exitCode;
    this.next = end.next;
    this.code = end.code;
  }
}
