/** Runs one command line, and is the one place that words how it ended. */
import { readFile } from "node:fs/promises";
import { CommanderError, type Command } from "commander";
import { appNamed, type Typed } from "./app-named.ts";
import { CommandFailed } from "./command-failed.ts";
import { asked as askedAs, meant } from "./meant.ts";
import { missingIn, mistyped } from "./mistyped.ts";
import { type ExitCode, exitCodes } from "./exit-code.ts";
import { nameOf, programOf } from "./program.ts";
import type { Terminal } from "./terminal.ts";

export async function runCommandLine(
  words: readonly string[],
  terminal: Terminal,
): Promise<ExitCode> {
  const program = programOf(terminal, await version());
  const root = program.command;
  const asked = speakPlainly(root, { terminal, words });
  try {
    await root.parseAsync(words, { from: "user" });
    return program.exitCode() ?? exitCodes.done;
  } catch (error) {
    const command = asked();
    if (error instanceof CommanderError && command !== undefined) {
      const isAskedFor = error.exitCode === 0;
      // `--help rollout` asks about rollout, too.
      const about = isAskedFor ? deepest(root, plain(words)) : command;
      return await helped(about, { root, terminal, isAskedFor });
    }
    return endOf(error, terminal, root);
  }
}

interface Helping {
  readonly root: Command;
  readonly terminal: Terminal;
  /** By `--help`, and not because the command that was typed only groups others. */
  readonly isAskedFor: boolean;
}

async function helped(
  command: Command,
  { root, terminal, isAskedFor }: Helping,
): Promise<ExitCode> {
  const { pagesOf } = await import("./manual/pages.ts");
  const { renderHelp } = await import("./manual/render-help.ts");
  const pages = pagesOf(root);
  const name = nameOf(command);
  const page = pages.find((each) => each.name === name);
  // Who types the program's name alone wants to know what there is.
  if (page !== undefined && (isAskedFor || name === "")) {
    terminal.result(renderHelp(page, pages, terminal.paint));
    return exitCodes.done;
  }
  const message = `which? tidegate ${name} ${(page?.commands ?? []).join(" | ")}`;
  const next = `tidegate help ${name}`;
  return endOf(new CommandFailed(message, { exitCode: exitCodes.usage, next }), terminal, root);
}

function endOf(error: unknown, terminal: Terminal, root: Command): ExitCode {
  if (error instanceof CommanderError)
    return error.exitCode === 0 ? exitCodes.done : exitCodes.usage;
  const { paintNarration: paint } = terminal;
  if (error instanceof CommandFailed) {
    const next = withCommand(error.next, root.args, root);
    terminal.narrate(`${paint.bad("tidegate:")} ${error.message}\nnext: ${next}`);
    return error.exitCode;
  }
  const text = error instanceof Error ? (error.stack ?? error.message) : String(error);
  terminal.narrate(`${paint.bad("tidegate:")} internal error\n${text}`);
  terminal.narrate("next: tidegate doctor; and please report these lines, the fault is tidegate's");
  return exitCodes.platform;
}

const aCommand = /\b(?:tidegate|git|npm|export|edit|ls|see|kill|apt-get) \S/;

/** What to do next is something to type: where it is only a sentence, the command's help comes with it. */
function withCommand(next: string, words: readonly string[], root: Command): string {
  if (aCommand.test(next)) return next;
  return `${next.replace(/\.$/, "")}; see: tidegate ${nameOf(deepest(root, words))} --help`;
}

/** The command that the words name, as far as they do. */
function deepest(root: Command, words: readonly string[]): Command {
  let command = root;
  for (const word of words) {
    const child = command.commands.find((each) => each.name() === word);
    if (child === undefined) break;
    command = child;
  }
  return command;
}

/** Without options, whose values may stay: they are nobody's name. */
function plain(words: readonly string[]): readonly string[] {
  return words.filter((word) => !word.startsWith("-"));
}

/**
 * Mistyped words end like every other failure: what was wrong, what was meant, the next command. Gives the
 * command whose help is asked for: its page is rendered when it is needed, and by us.
 */
function speakPlainly(
  root: Command,
  { terminal, words }: { readonly terminal: Terminal; readonly words: readonly string[] },
): () => Command | undefined {
  let asked: Command | undefined;
  const speak = (command: Command): void => {
    command.exitOverride();
    command.configureHelp({
      formatHelp: (each) => {
        asked = each;
        return "";
      },
    });
    command.configureOutput({
      writeOut: (text) => {
        if (text !== "") terminal.result(text.trimEnd());
      },
      writeErr: (text) => {
        if (text !== "") terminal.narrate(text.trimEnd());
      },
      outputError: (text, write) => {
        const [, message = "", hint = ""] = /^error: (.*?)(?:\n\((.*)\))?\n?$/s.exec(text) ?? [];
        const help = ["tidegate", nameOf(command), "--help"].filter(Boolean).join(" ");
        const ours = message.startsWith("unknown command ")
          ? askedAs(meant(plain(words), namesBelow(root)))
          : (appNamed({ message, words, ...takenBy(command) }) ?? {
              hint: hint === "" ? "" : `. ${hint}`,
              next: missingIn(message, words),
            });
        const what = `${mistyped(message.trim(), choicesOf(command))}${ours.hint}`;
        write(`${terminal.paintNarration.bad("tidegate:")} ${what}\nnext: ${ours.next ?? help}\n`);
      },
    });
    for (const child of command.commands) speak(child);
  };
  speak(root);
  return () => asked;
}

/** What it was given beyond its options, and what it takes. */
function takenBy(command: Command): Pick<Typed, "given" | "takes" | "hasAppOption"> {
  return {
    given: command.args,
    takes: command.registeredArguments.map((argument) => argument.name()),
    hasAppOption: command.options.some(({ long }) => long === "--app"),
  };
}

/** Every command as it is typed, without the program and what is hidden. */
function namesBelow(parent: Command): readonly string[] {
  return parent.commands
    .filter((each) => !each.name().startsWith("__"))
    .flatMap((each) => [nameOf(each), ...namesBelow(each)]);
}

/** What its words may be, by their names. */
function choicesOf(command: Command): Readonly<Record<string, readonly string[]>> {
  const each = command.registeredArguments.map(
    (argument) => [argument.name(), argument.argChoices ?? []] as const,
  );
  return Object.fromEntries(each);
}

async function version(): Promise<string> {
  const file = new URL("../../../package.json", import.meta.url);
  const text = await readFile(file, "utf8");
  return /"version": "([^"]+)"/.exec(text)?.[1] ?? "unknown";
}
