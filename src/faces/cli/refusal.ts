/** How the server refuses what cannot be, for a dry run that finds out beforehand by the same rules. */
import type { InvalidInput, StaleStep, WrongState } from "#domain";
import { CommandFailed } from "./command-failed.ts";
import { exitCodes } from "./exit-code.ts";

export function refused(error: WrongState | StaleStep | InvalidInput): CommandFailed {
  const exitCode = exitCodes.usage;
  switch (error.code) {
    case "wrong_state": {
      const message = `the ${error.what} is ${error.state.replaceAll("_", " ")}`;
      return new CommandFailed(message, { exitCode, next: error.next });
    }
    case "stale_step": {
      const where = `the rollout is in step ${error.current} of ${error.steps} (${error.title})`;
      const message = `step ${error.asked} was named; ${where}`;
      return new CommandFailed(message, { exitCode, next: "tidegate rollout show" });
    }
    default: {
      const what = error.found === undefined ? error.field : `${error.field} is ${error.found}`;
      const next = "Correct the value and ask again";
      return new CommandFailed(`${what}; expected ${error.expected}`, { exitCode, next });
    }
  }
}
