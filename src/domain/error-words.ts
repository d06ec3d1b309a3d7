/** Errors in words that the API and the command line share: what was wrong, where, and what was expected. Pure. */
import type { InvalidInput, StaleStep, WrongState } from "./errors.ts";

/** `release is x; expected …`; of what was left out, or is named itself, `reason: expected …`. */
export function invalidInputInWords({ field, file, found, expected }: InvalidInput): string {
  // The file as a whole, which whoever says this names beforehand, with its line.
  if (field === file || field === "") {
    return `expected ${expected}${found === undefined ? "" : `; found: ${found}`}`;
  }
  // An unknown key was found, and is the field.
  const isNamed = found === undefined || field.endsWith(found);
  return isNamed ? `${field}: expected ${expected}` : `${field} is ${found}; expected ${expected}`;
}

export function wrongStateInWords({ what, state }: WrongState): string {
  // `rolled_back` as `rolled back`; what is a phrase already may have ids in it.
  return `the ${what} is ${state.includes(" ") ? state : state.replaceAll("_", " ")}`;
}

export function staleStepInWords({ asked, current, steps, title }: StaleStep): string {
  return `step ${asked} was named; the rollout is in step ${current} of ${steps} (${title})`;
}
