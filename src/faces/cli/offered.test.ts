/** The commands that the console offers to copy are there: each of them, with its words and options. */
import assert from "node:assert/strict";
import { globSync, readFileSync } from "node:fs";
import path from "node:path";
import { test } from "node:test";
import type { Command } from "commander";
import { programOf } from "./program.ts";
import { silent } from "./silent.testing.ts";

/** Read, and nothing is done. */
function parse(words: readonly string[]): void {
  const { command: root } = programOf(silent, "0");
  const silence = (command: Command): void => {
    command.exitOverride().configureOutput({ writeErr: () => undefined });
    if (command.commands.length === 0) command.action(() => undefined);
    for (const child of command.commands) silence(child);
  };
  silence(root);
  root.parse([...words], { from: "user" });
}

const top = path.join(import.meta.dirname, "../console");
/** What is put in is one word; where it is a choice, the command is in more than one piece, and left out. */
function commandsIn(text: string): readonly string[] {
  const found = [...text.matchAll(/["`](tidegate (?:[^"`$\n]|\$\{[\w.()]+\})+)["`]/g)];
  return found
    .flatMap(([, line = ""]) => line.split(" && "))
    .map((command) =>
      command
        .replaceAll("${log}", "build")
        .replaceAll(/\$\{(?:chosen\.)?role\}/g, "viewer")
        .replaceAll(/\$\{[^}]+\}/g, "1")
        .replace(/ > \S+$/, ""),
    )
    .filter((command) => /^tidegate [a-z-]+(?: |$)/.test(command) && !/[.…]$/.test(command));
}

const offered = new Map<string, string>();
for (const file of globSync("**/*.{ts,tsx}", { cwd: top, exclude: ["**/*.test.ts"] })) {
  const text = readFileSync(path.join(top, file), "utf8");
  for (const command of commandsIn(text)) offered.set(command, file);
}

test("console: there are commands to copy", () => assert.ok(offered.size > 30, `${offered.size}`));

for (const [command, file] of offered) {
  test(`console: ${file} offers a command that there is: ${command}`, () => {
    assert.doesNotThrow(() => parse(command.split(" ").slice(1)));
  });
}
