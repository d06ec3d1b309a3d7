/** How a command is declared: with its options, what it does, and what its pages say beyond that. */
import { type Command, Option } from "commander";
import type { ExitCode } from "../exit-code.ts";
import type { CommonOptions, Session } from "../session.ts";

/** What a command does; words are its arguments as typed. */
export type Run<Options> = (
  session: Session,
  options: Options,
  words: readonly string[],
) => Promise<ExitCode>;

type Declare = <Options extends CommonOptions = CommonOptions>(
  command: Command,
  run: Run<Options>,
) => Command;

/** Declares a command that changes nothing. */
export interface Leaf extends Declare {
  /** Declares one that does: it has `--dry-run` as well. */
  readonly changing: Declare;
}

/** What the pages of a command say beyond its description. */
export interface Notes {
  /** Paragraphs. */
  readonly details?: readonly string[];
  readonly examples?: readonly (readonly [command: string, comment: string])[];
}

const changing = new WeakSet<Command>();
const leaves = new WeakSet<Command>();
const notes = new WeakMap<Command, Notes>();

/** Adds what every command has. `start` runs it. */
export function leafWith(start: (command: Command, run: Run<never>) => Promise<void>): Leaf {
  const declare: Declare = (command, run) => {
    leaves.add(command);
    return command
      .option("--json", "print the API's type as JSON, and nothing else on stdout")
      .option("--data <dir>", "data directory of the instance (TIDEGATE_DATA)")
      .action(async () => await start(command, run));
  };
  return Object.assign(declare, {
    changing: ((command, run) => {
      changing.add(command);
      command.option("--dry-run", "say what would happen, and change nothing");
      return declare(command, run);
    }) satisfies Declare,
  });
}

export function isChanging(command: Command): boolean {
  return changing.has(command);
}

/** Whether it runs by itself; others only group commands. */
export function isLeaf(command: Command): boolean {
  return leaves.has(command);
}

export function note(command: Command, what: Notes): Command {
  notes.set(command, what);
  return command;
}

export function notesOf(command: Command): Notes {
  return notes.get(command) ?? {};
}

export const appOption = () => new Option("--app <app>", "the app (default: the one linked here)");
