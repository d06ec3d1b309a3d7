import assert from "node:assert/strict";
import { once } from "node:events";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { test } from "node:test";
import { invalidInputInWords } from "#domain";
import { paintFor } from "../render/paint.ts";
import { runCommandLine } from "../run.ts";

const plain = paintFor({ isTerminal: false }, {});
const expected = "a reason for the journal: promote does not wait for the evidence";
const detail = invalidInputInWords({ code: "invalid_input", field: "reason", expected });

// oxfmt-ignore
const cases: readonly (readonly [words: readonly string[], said: string])[] = [
  [["shop"],
    `tidegate: --reason is missing; expected ${expected}\nnext: tidegate rollout promote shop --reason "…"\n`],
  [["--app", "shop", "--reason", " "],
    `tidegate: --reason is missing; expected ${expected}\nnext: tidegate rollout promote shop --reason "…"\n`],
  [["shop", "--reason", "odd"],
    `tidegate: ${detail}\nnext: Correct the value and ask again; see: tidegate rollout promote --help\n`],
];
for (const [words, said] of cases) {
  test(`rollout promote ${words.join(" ")}: where the server asks for a reason`, async () => {
    const server = createServer((_request, response) => {
      const next = "Correct the value and ask again";
      response.writeHead(400, { "content-type": "application/problem+json" });
      response.end(JSON.stringify({ code: "invalid_input", detail, next }));
    }).listen(0, "127.0.0.1");
    await once(server, "listening");
    // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- a TCP server has one
    const { port } = server.address() as AddressInfo;
    let text = "";
    try {
      const exitCode = await runCommandLine(["rollout", "promote", ...words], {
        env: { HOME: "/nowhere", TIDEGATE_URL: `http://127.0.0.1:${port}`, TIDEGATE_TOKEN: "t" },
        cwd: "/",
        isRoot: false,
        isInteractive: false,
        paint: plain,
        paintNarration: plain,
        now: () => 0,
        result: () => undefined,
        narrate: (each) => void (text += `${each}\n`),
      });
      assert.deepEqual([exitCode, text], [2, said]);
    } finally {
      server.close();
    }
  });
}
