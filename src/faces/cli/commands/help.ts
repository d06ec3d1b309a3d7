/** `tidegate help`: a command's page in the terminal; with `--json`, the commands as data. */
import type { Command } from "commander";
import { CommandFailed } from "../command-failed.ts";
import { type ExitCode, exitCodes } from "../exit-code.ts";
import { asked, meant } from "../meant.ts";
import { type Page, pagesOf } from "../manual/pages.ts";
import { renderHelp } from "../manual/render-help.ts";
import type { Session } from "../session.ts";

export async function help(
  session: Session,
  root: Command,
  words: readonly string[],
): Promise<ExitCode> {
  const pages = pagesOf(root);
  const page = pageNamed(pages, words);
  if (session.isJson) session.show(words.length === 0 ? { commands: pages } : page, () => "");
  else session.terminal.result(renderHelp(page, pages, session.terminal.paint));
  return exitCodes.done;
}

/** The page of the command that the words are. */
export function pageNamed(pages: readonly Page[], words: readonly string[]): Page {
  const name = words.join(" ");
  const found = pages.find((page) => page.name === name);
  if (found !== undefined) return found;
  const names = pages.map((page) => page.name).filter((each) => each !== "");
  const { hint, next = "tidegate help" } = asked(meant(words, names));
  throw new CommandFailed(`unknown command '${name}'${hint}`, { exitCode: exitCodes.usage, next });
}
