/** Asks before what no command takes back: the name is to be typed, as a key is pressed too easily. */
import { CommandFailed } from "./command-failed.ts";
import { exitCodes } from "./exit-code.ts";
import type { Terminal } from "./terminal.ts";

export interface Confirming {
  /** What is to be typed. */
  readonly name: string;
  /** The command without `--yes`. */
  readonly command: string;
}

/**
 * Tells the effects, each the end of "would …", and asks. Throws a usage error when nobody can be
 * asked, and when something else was typed.
 */
export async function confirm(
  { ask, narrate }: Pick<Terminal, "ask" | "narrate">,
  { name, command }: Confirming,
  effectsOf: () => Promise<readonly string[]>,
): Promise<void> {
  if (ask === undefined) {
    throw new CommandFailed(
      "this cannot be taken back, and without a terminal nobody can be asked",
      {
        exitCode: exitCodes.usage,
        next: `${command} --yes; what would go is told by ${command} --dry-run`,
      },
    );
  }
  for (const effect of await effectsOf()) narrate(`this would ${effect}`);
  const typed = await ask(`type ${name} to go on: `);
  if (typed.trim() === name) return;
  throw new CommandFailed(`"${typed.trim()}" was typed, expected ${name}: nothing was changed`, {
    exitCode: exitCodes.usage,
    next: command,
  });
}
