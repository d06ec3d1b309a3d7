import assert from "node:assert/strict";
import { once } from "node:events";
import { createServer } from "node:net";
import { test } from "node:test";
import { judgeEdge, knock } from "./edge-findings.ts";

const up = { name: "edge-0", isUp: true };
const down = { name: "edge-1", isUp: false };

// oxfmt-ignore
const cases: readonly (readonly [claim: string, isAnswered: boolean, edges: readonly { name: string; isUp: boolean }[], state: string, found: RegExp, next: RegExp | undefined])[] = [
  ["all up is good", true, [up], "good", /1 of 1 edge processes up/, undefined],
  ["one of two down is told by name", true, [up, down], "fair", /1 of 2 edge processes up/, /^edge-1 should be back/],
  ["a silent port is bad whatever the processes say", false, [up], "bad", /nothing listens there/, /supervisor\.log/],
];
for (const [claim, answered, edges, state, found, next] of cases) {
  test(`edge finding: ${claim}`, () => {
    const finding = judgeEdge({ port: 7480, isAnswered: answered, edges });
    assert.deepEqual([finding.name, finding.state], ["port 7480", state]);
    assert.match(finding.found, found);
    if (next === undefined) assert.equal(finding.next, undefined);
    else assert.match(finding.next ?? "", next);
  });
}

test("edge finding: a port is asked by connecting to it", async () => {
  const server = createServer().listen(0, "127.0.0.1");
  await once(server, "listening");
  const address = server.address();
  assert(typeof address === "object" && address !== null);
  assert.equal(await knock(address.port), true);
  server.close();
  await once(server, "close");
  assert.equal(await knock(address.port), false);
});
