import assert from "node:assert/strict";
import { test } from "node:test";
import { CommandFailed } from "./command-failed.ts";
import { confirm } from "./confirm.ts";
import { exitCodes } from "./exit-code.ts";

const asked = { name: "shop", command: "tidegate app delete shop" };

async function told(typed: string | undefined): Promise<{ lines: string[]; failed?: unknown }> {
  const lines: string[] = [];
  const narrate = (text: string): void => void lines.push(text);
  const ask = async (question: string): Promise<string> => {
    lines.push(question);
    return typed ?? "";
  };
  const terminal = typed === undefined ? { narrate } : { narrate, ask };
  try {
    await confirm(terminal, asked, async () => ["stop v11"]);
    return { lines };
  } catch (error) {
    return { lines, failed: error };
  }
}

// oxfmt-ignore
const answers: readonly (readonly [title: string, typed: string | undefined, refused: RegExp | undefined])[] = [
  ["its name",       "shop",   undefined],
  ["with a blank",   " shop ", undefined],
  ["yes",            "yes",    /"yes" was typed, expected shop: nothing was changed/],
  ["nothing",        "",       /"" was typed/],
  ["no terminal",    undefined, /without a terminal nobody can be asked/],
];

for (const [title, typed, refused] of answers) {
  test(`confirm: ${title} ${refused === undefined ? "goes on" : "is refused"}`, async () => {
    const { lines, failed } = await told(typed);
    const effects = ["this would stop v11", "type shop to go on: "];
    assert.deepEqual(lines, typed === undefined ? [] : effects);
    if (refused === undefined) return assert.equal(failed, undefined);
    assert.ok(failed instanceof CommandFailed);
    assert.match(failed.message, refused);
    assert.equal(failed.exitCode, exitCodes.usage);
  });
}
