/** Runs one command line, and is the one place that words how it ended. */
import { readFile } from "node:fs/promises";
import { CommanderError, type Command } from "commander";
import { CommandFailed } from "./command-failed.ts";
import { mistyped } from "./mistyped.ts";
import { type ExitCode, exitCodes } from "./exit-code.ts";
import { nameOf, programOf } from "./program.ts";
import type { Terminal } from "./terminal.ts";

export async function runCommandLine(
  words: readonly string[],
  terminal: Terminal,
): Promise<ExitCode> {
  const program = programOf(terminal, await version());
  const root = program.command;
  const asked = speakPlainly(root, terminal);
  try {
    await root.parseAsync(words, { from: "user" });
    return program.exitCode() ?? exitCodes.done;
  } catch (error) {
    const command = asked();
    if (error instanceof CommanderError && command !== undefined) {
      return await helped(command, { root, terminal, isAskedFor: error.exitCode === 0 });
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
  let command = root;
  for (const word of words) {
    const child = command.commands.find((each) => each.name() === word);
    if (child === undefined) break;
    command = child;
  }
  return `${next.replace(/\.$/, "")}; see: tidegate ${nameOf(command)} --help`;
}

/**
 * Mistyped words end like every other failure: what was wrong, what was meant, the next command. Gives the
 * command whose help is asked for: its page is rendered when it is needed, and by us.
 */
function speakPlainly(root: Command, terminal: Terminal): () => Command | undefined {
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
        const meant = hint === "" ? "" : `. ${hint}`;
        write(`${terminal.paintNarration.bad("tidegate:")} ${mistyped(message.trim())}${meant}\n`);
        write(`next: ${["tidegate", nameOf(command), "--help"].filter(Boolean).join(" ")}\n`);
      },
    });
    for (const child of command.commands) speak(child);
  };
  speak(root);
  return () => asked;
}

async function version(): Promise<string> {
  const file = new URL("../../../package.json", import.meta.url);
  const text = await readFile(file, "utf8");
  return /"version": "([^"]+)"/.exec(text)?.[1] ?? "unknown";
}
