import { strict as assert } from "node:assert";
import { test } from "node:test";
import { networkOf } from "./network.ts";

// oxfmt-ignore
const networks: readonly (readonly [address: string, network: string])[] = [
  ["192.0.2.1",                  "192.0.2.1"],
  ["::ffff:192.0.2.1",           "192.0.2.1"],
  ["2001:db8:1:2:3:4:5:6",       "2001:db8:1:2"],
  ["2001:0DB8:0001:0002::9",     "2001:db8:1:2"],
  ["2001:db8::1",                "2001:db8:0:0"],
  ["::1",                        "0:0:0:0"],
  ["",                           ""],
];
for (const [address, network] of networks) {
  test(`the network of ${address} is ${network}`, () => assert.equal(networkOf(address), network));
}
