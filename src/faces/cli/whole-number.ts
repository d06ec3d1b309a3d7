/** An option that is a number. */
import { CommandFailed } from "./command-failed.ts";
import { exitCodes } from "./exit-code.ts";

/** Reads it; `next` is the command with a number that it takes. */
export function wholeNumber(
  flag: string,
  text: string,
  { most, next }: { readonly most: number; readonly next: string },
): number {
  const isNumber = /^\d{1,9}$/.test(text) && Number(text) >= 1 && Number(text) <= most;
  if (isNumber) return Number(text);
  throw new CommandFailed(`${flag} is "${text}"; expected a number from 1 to ${most}`, {
    exitCode: exitCodes.usage,
    next,
  });
}
