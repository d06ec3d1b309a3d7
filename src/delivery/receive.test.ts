/** What a push of a branch hears that is not the one that is delivered. */
import assert from "node:assert/strict";
import { test } from "node:test";
import type { Push } from "#delivery/source";
import type { DeliveryPorts } from "./ports.ts";
import { receivePush } from "./receive.ts";

test("receive: a push of another branch is stored, and hears how to deliver it", async () => {
  const store = { get: async () => ({ id: "shop", version: 1, body: { trackedBranch: "main" } }) };
  // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- of the ports, these are used
  const ports = { store, clock: { now: () => 0 } } as unknown as DeliveryPorts;
  // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- of the push, these are read
  const push = { app: "shop", branch: "master", options: {} } as unknown as Push;
  const told = receivePush(push, ports, new AbortController().signal);
  const lines: string[] = [];
  for await (const line of told) lines.push(line);
  assert.deepEqual(lines, [
    "Stored. Only main is delivered, and this is master.",
    "To deliver it: git push tide master:main",
  ]);
});
