/** Runs one command line, and is the one place that words how it ended. */
import { readFile } from "node:fs/promises";
import { CommanderError, type Command } from "commander";
import { CommandFailed } from "./command-failed.ts";
import { type ExitCode, exitCodes } from "./exit-code.ts";
import { programOf } from "./program.ts";
import type { Terminal } from "./terminal.ts";

export async function runCommandLine(
  words: readonly string[],
  terminal: Terminal,
): Promise<ExitCode> {
  const program = programOf(terminal, await version());
  speakPlainly(program.command, terminal);
  try {
    await program.command.parseAsync(words, { from: "user" });
    return program.exitCode() ?? exitCodes.done;
  } catch (error) {
    return endOf(error, terminal);
  }
}

function endOf(error: unknown, terminal: Terminal): ExitCode {
  if (error instanceof CommanderError)
    return error.exitCode === 0 ? exitCodes.done : exitCodes.usage;
  const { paintNarration: paint } = terminal;
  if (error instanceof CommandFailed) {
    terminal.narrate(`${paint.bad("tidegate:")} ${error.message}\nnext: ${error.next}`);
    return error.exitCode;
  }
  const text = error instanceof Error ? (error.stack ?? error.message) : String(error);
  terminal.narrate(`${paint.bad("tidegate:")} internal error\n${text}`);
  terminal.narrate("next: this is a fault of tidegate; please report it with the lines above");
  return exitCodes.platform;
}

/** Mistyped words end like every other failure: what was wrong, what was meant, the next command. */
function speakPlainly(command: Command, terminal: Terminal): void {
  command.exitOverride();
  command.configureOutput({
    writeOut: (text) => terminal.result(text.trimEnd()),
    writeErr: (text) => terminal.narrate(text.trimEnd()),
    outputError: (text, write) => {
      const [, message = "", hint = ""] = /^error: (.*?)(?:\n\((.*)\))?\n?$/s.exec(text) ?? [];
      const meant = hint === "" ? "" : `. ${hint}`;
      write(`${terminal.paintNarration.bad("tidegate:")} ${message.trim()}${meant}\n`);
      write(`next: ${nameOf(command)} --help\n`);
    },
    getOutHasColors: () => false,
    getErrHasColors: () => false,
  });
  for (const child of command.commands) speakPlainly(child, terminal);
}

function nameOf(command: Command): string {
  return command.parent === null ? command.name() : `${nameOf(command.parent)} ${command.name()}`;
}

async function version(): Promise<string> {
  const file = new URL("../../../package.json", import.meta.url);
  const text = await readFile(file, "utf8");
  return /"version": "([^"]+)"/.exec(text)?.[1] ?? "unknown";
}
