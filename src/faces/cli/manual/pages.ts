/**
 * The commands as data: what `tidegate help --json`, the man pages, the reference and the completions are
 * made from, so that none of them can say anything else.
 */
import type { Argument, Command, Option } from "commander";
import { isChanging, isLeaf, notesOf } from "../words/leaf.ts";

export interface Page {
  /** As typed, without the program: "release rollback"; empty for the program itself. */
  readonly name: string;
  /** One phrase. */
  readonly summary: string;
  /** Under which heading it stands in the list of commands. */
  readonly heading: string;
  /** How it is typed: "tidegate release rollback [options] [release]". */
  readonly usage: string;
  /** Whether it only groups other commands. */
  readonly isGroup: boolean;
  readonly isChanging: boolean;
  readonly details: readonly string[];
  readonly words: readonly Word[];
  readonly options: readonly Flag[];
  readonly examples: readonly { readonly command: string; readonly comment: string }[];
  /** Names of what it groups. */
  readonly commands: readonly string[];
}

/** A word after the command. */
export interface Word {
  readonly name: string;
  readonly isRequired: boolean;
  readonly isList: boolean;
  readonly choices: readonly string[];
}

export interface Flag {
  /** "-f, --follow", "--app <app>". */
  readonly flags: string;
  readonly short?: string;
  readonly long: string;
  /** What its value is called; absent when it takes none. */
  readonly value?: string;
  readonly about: string;
  readonly isRequired: boolean;
  readonly usual?: string;
  readonly choices: readonly string[];
}

/** The program's page first, then each command's below the one that groups it, in the order of the help. */
export function pagesOf(root: Command): readonly Page[] {
  return [pageOf(root, "", ""), ...below(root, "")];
}

function below(parent: Command, name: string): readonly Page[] {
  return parent.commands
    .filter((command) => !isHidden(command))
    .flatMap((command) => {
      const own = `${name} ${command.name()}`.trim();
      return [pageOf(command, own, headingOf(command, parent)), ...below(command, own)];
    });
}

function pageOf(command: Command, name: string, heading: string): Page {
  const { details = [], examples = [] } = notesOf(command);
  const words = command.registeredArguments.map((argument) => wordOf(argument));
  const commands = command.commands.filter((each) => !isHidden(each)).map((each) => each.name());
  const typed = ["tidegate", name, commands.length > 0 ? "<command>" : "", "[options]"];
  return {
    name,
    summary: command.description(),
    heading,
    usage: [...typed, ...words.map((word) => inUsage(word))]
      .filter((each) => each !== "")
      .join(" "),
    isGroup: !isLeaf(command),
    isChanging: isChanging(command),
    details,
    words,
    options: command.options.filter(({ hidden }) => !hidden).map((option) => flagOf(option)),
    examples: examples.map(([typedText, comment]) => ({ command: typedText, comment })),
    commands,
  };
}

function headingOf(command: Command, parent: Command): string {
  return parent.parent === null ? command.helpGroup().replace(/:$/, "") : "";
}

/** Commander keeps what is hidden to itself; what nobody is to type by hand begins with two underscores. */
function isHidden(command: Command): boolean {
  return command.name().startsWith("__");
}

function wordOf(argument: Argument): Word {
  return {
    name: argument.name(),
    isRequired: argument.required,
    isList: argument.variadic,
    choices: argument.argChoices ?? [],
  };
}

export function inUsage({ name, isRequired, isList }: Word): string {
  const shown = isList ? `${name}...` : name;
  return isRequired ? `<${shown}>` : `[${shown}]`;
}

function flagOf(option: Option): Flag {
  const value = /[<[]([^\]>]+)[\]>]/.exec(option.flags)?.[1];
  const usual: unknown = option.defaultValue;
  return {
    flags: option.flags,
    ...(option.short === undefined ? {} : { short: option.short }),
    long: option.long ?? option.flags,
    ...(value === undefined ? {} : { value }),
    about: option.description,
    isRequired: option.mandatory,
    ...(typeof usual === "string" ? { usual } : {}),
    choices: option.argChoices ?? [],
  };
}
