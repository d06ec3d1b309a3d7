/** What all commands have in common, for their pages: exit codes and environment. */
import { exitCodes } from "../exit-code.ts";

/** Each exit code, in a phrase and in a sentence. */
export const endsWithMeaning = [
  {
    code: exitCodes.done,
    short: "done as asked",
    long: "Done as asked; for a change that is watched: everybody has it.",
  },
  {
    code: exitCodes.failed,
    short: "the change, the app or a claim failed",
    long: "The change, the app or a claim failed; Tidegate did its work.",
  },
  {
    code: exitCodes.usage,
    short: "the command is wrong, or asks for what cannot be",
    long: "The command is wrong, or asks for what cannot be: a name that exists, a port that is taken, a step that has passed.",
  },
  {
    code: exitCodes.platform,
    short: "the platform is at fault, or not there",
    long: "The platform is at fault, or not there.",
  },
  {
    code: exitCodes.waiting,
    short: "a person has to decide",
    long: "A person has to decide before it goes on.",
  },
] as const;

export const environment = [
  { name: "TIDEGATE_DATA", about: "data directory of the instance here" },
  { name: "TIDEGATE_URL", about: "address of an instance elsewhere" },
  { name: "TIDEGATE_TOKEN", about: "who you are there" },
  { name: "NO_COLOR", about: "no colour, if set" },
  { name: "FORCE_COLOR", about: "colour in a pipe too, if set and not 0" },
] as const;

/** What holds for every command, as paragraphs. */
export const conventions = [
  "Results go to standard output, and everything else to standard error. With --json, standard output has one document of the API's own type, or one a line where a command goes on.",
  "Whatever changes something takes --dry-run: it says what would happen, as far as that can be known beforehand, and changes nothing.",
  "A command whose effect no other takes back (tidegate app delete) asks for the name on a terminal; elsewhere it needs --yes.",
  "A failure ends with a line that begins with next: and says what to type now. Colour only repeats what words say.",
] as const;
