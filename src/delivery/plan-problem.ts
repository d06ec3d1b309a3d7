/** Why a tree has no plan, in the words of a problem: what, where, expected, next. */
import { unreachable } from "#std";
import { invalidInputInWords, type Problem } from "#domain";
import type { PlanError } from "#delivery/build";

export function planProblem(error: PlanError): Problem {
  switch (error.code) {
    case "invalid_input":
      return {
        code: error.code,
        message: invalidInputInWords(error),
        ...(error.file === undefined
          ? {}
          : { where: error.line === undefined ? error.file : `${error.file}:${error.line}` }),
        next: "correct it and push again",
      };
    case "no_app_found":
      return {
        code: error.code,
        message: `nothing says how to run this; looked for ${error.lookedFor.join(", ")}${
          error.found.length === 0 ? "" : `; found only ${error.found.join(", ")}`
        }`,
        where: "the root of the repository",
        next: error.next,
      };
    case "tool_missing":
      return {
        code: error.code,
        message: `${error.tool} is needed because of ${error.because}, and this machine has none`,
        where: error.because,
        next: error.next,
      };
    default:
      return unreachable(error);
  }
}
