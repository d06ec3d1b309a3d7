/** `tidegate man`: the manual page of a command, by the system's own man where there is one. */
import { spawn } from "node:child_process";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import path from "node:path";
import type { Command } from "commander";
import { type ExitCode, exitCodes } from "../exit-code.ts";
import { pagesOf } from "../manual/pages.ts";
import { renderManual } from "../manual/render-help.ts";
import { manFile, manPages } from "../manual/roff.ts";
import type { Session } from "../session.ts";
import { pageNamed } from "./help.ts";

export async function man(
  session: Session,
  root: Command,
  {
    words,
    isRoff = false,
  }: { readonly words: readonly string[]; readonly isRoff?: boolean | undefined },
): Promise<ExitCode> {
  const { terminal } = session;
  const pages = pagesOf(root);
  const page = pageNamed(pages, words);
  const file = manFile(page.name);
  const source = manPages(pages, root.version() ?? "").find((each) => each.file === file);
  const text = source?.text ?? "";
  if (session.isJson) session.show({ file, text }, () => "");
  else if (isRoff) terminal.result(text.trimEnd());
  // In a pipe, and where there is no man, the same as text.
  else if (terminal.screen === undefined || !(await shown(file, text))) {
    terminal.result(renderManual(page, pages, terminal.paint));
  }
  return exitCodes.done;
}

/** Whether the system's man has shown the page. */
async function shown(file: string, text: string): Promise<boolean> {
  const directory = await mkdtemp(path.join(tmpdir(), "tidegate-man-"));
  const target = path.join(directory, file);
  try {
    await writeFile(target, text);
    return await new Promise<boolean>((resolve) => {
      const child = spawn("man", ["--local-file", target], { stdio: "inherit" });
      child.once("error", () => resolve(false));
      child.once("exit", (code) => resolve(code === 0));
    });
  } finally {
    await rm(directory, { recursive: true, force: true });
  }
}
