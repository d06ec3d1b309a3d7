/** What a reader is told of evidence, whatever the instance puts into it. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { paintFor } from "./paint.ts";
import { renderEvidence } from "./evidence.ts";

/** A terminal that is given this shows nothing of what follows. */
const hidden = "\u001b[8m";

for (const isGenuine of [true, false]) {
  test(`evidence: an instance cannot hide ${isGenuine ? "who signed" : "that it is not to be trusted"}`, () => {
    const said = {
      change: "chg_1",
      artifact: `sha256:1${hidden}`,
      isGenuine,
      keyFrom: "file",
      statements: [
        { predicateType: `https://x${hidden}`, bundle: `sha256:2${hidden}`, builder: `b${hidden}` },
      ],
      problem: `altered${hidden}`,
    } as const;
    const change = { commit: `a41c9d2${hidden}`, subject: `Fix\n\u001b]0;x\u0007 it${hidden}` };
    const text = renderEvidence(said, change, paintFor({ isTerminal: false }, {}));
    assert.match(text, isGenuine ? /the key that you gave$/ : /\nnot to be trusted: altered$/);
    assert.match(text, /^a41c9d2 Fix it\n/);
    assert.doesNotMatch(text.replaceAll("\n", ""), /\p{Cc}/u);
  });
}
