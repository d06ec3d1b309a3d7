/** How the server refuses what cannot be, for a dry run that finds out beforehand by the same rules. */
import {
  invalidInputInWords,
  staleStepInWords,
  wrongStateInWords,
  type InvalidInput,
  type StaleStep,
  type WrongState,
} from "#domain";
import { CommandFailed } from "./command-failed.ts";
import { exitCodes } from "./exit-code.ts";

export function refused(error: WrongState | StaleStep | InvalidInput): CommandFailed {
  const exitCode = exitCodes.usage;
  switch (error.code) {
    case "wrong_state":
      return new CommandFailed(wrongStateInWords(error), { exitCode, next: error.next });
    case "stale_step":
      return new CommandFailed(staleStepInWords(error), {
        exitCode,
        next: "tidegate rollout show",
      });
    default: {
      const next = "Correct the value and ask again";
      return new CommandFailed(invalidInputInWords(error), { exitCode, code: error.code, next });
    }
  }
}
