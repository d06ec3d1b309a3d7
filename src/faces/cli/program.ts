/** The words of the command line. Commands load when they are run, so that starting stays quick. */
import { Command } from "commander";
import type { ExitCode } from "./exit-code.ts";
import { openSession, type CommonOptions } from "./session.ts";
import type { Terminal } from "./terminal.ts";
import { addApps } from "./words/apps.ts";
import { addDeliveries } from "./words/deliveries.ts";
import { isChanging, leafWith } from "./words/leaf.ts";
import { addManual } from "./words/manual.ts";
import { addPeople } from "./words/people.ts";
import { addPlatform } from "./words/platform.ts";
import { addSignIn } from "./words/sign-in.ts";
import { addTrials } from "./words/trials.ts";

export interface Program {
  readonly command: Command;
  /** What the command that ran ended with. */
  exitCode(): ExitCode | undefined;
}

export function programOf(terminal: Terminal, version: string): Program {
  let exitCode: ExitCode | undefined;
  const leaf = leafWith(async (command, run) => {
    const options = command.opts<CommonOptions>();
    const words = command.processedArgs.flat().filter((word) => typeof word === "string");
    const asked = { name: nameOf(command), isChanging: isChanging(command) };
    // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- each command names its own options
    exitCode = await run(openSession(terminal, options, asked), options as never, words);
  });
  const root = new Command("tidegate")
    .description("From git push to proven in front of users.")
    .version(version, "-V, --version", "print the version")
    .showHelpAfterError(false)
    .helpCommand(false);
  addPlatform(root, leaf);
  addApps(root, leaf);
  addDeliveries(root, leaf);
  addPeople(root, leaf);
  addSignIn(root, leaf);
  addTrials(root, leaf);
  addManual(root, leaf);
  return { command: root, exitCode: () => exitCode };
}

/** As it is typed, without the program: "release rollback". */
export function nameOf(command: Command): string {
  const { parent } = command;
  if (parent === null) return "";
  return `${nameOf(parent)} ${command.name()}`.trim();
}
