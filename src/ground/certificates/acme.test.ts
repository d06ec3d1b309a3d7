/** How often an authority is asked, whoever adds names: with a clock that is told, and an authority in code. */
import assert from "node:assert/strict";
import { mkdir, mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { test, type TestContext } from "node:test";
import { sha256Hex } from "#std";
import type { Log } from "#domain";
import { openAcme } from "./acme.ts";
import { NamesRefused, type OrderOptions } from "./acme-order.ts";
import { limits } from "./limits.ts";
import { makeSelfSigned } from "./self-signed.ts";

const quiet = () => undefined;
const log: Log = { error: quiet, warn: quiet, info: quiet, debug: quiet };
const domain = "example.org";
const start = Date.UTC(2027, 2, 1);
/** Covers all that is directly beneath the domain, so that apps' own domains alone are missing. */
const pair = await makeSelfSigned(domain, start);

async function open(t: TestContext, refuses: (names: readonly string[]) => Error | undefined) {
  const dataDir = await mkdtemp(join(tmpdir(), "tidegate-acme-"));
  t.after(async () => await rm(dataDir, { recursive: true }));
  const directoryUrl = "https://authority.test/directory";
  const home = join(dataDir, "tls", "acme", sha256Hex(directoryUrl).slice(0, 12));
  const file = join(home, `${domain}.pem`);
  await mkdir(dirname(file), { recursive: true });
  await writeFile(file, `${pair.certificate}${pair.key}`);
  let now = start;
  let hosts: readonly string[] = [];
  const orders: (readonly string[])[] = [];
  const acme = openAcme({
    dataDir,
    address: { domain, port: 443 },
    source: { kind: "acme", email: "ana@example.org", directoryUrl, httpPort: 80 },
    appHosts: async () => hosts,
    clock: { now: () => now, random: () => 0.5, sleep: async () => undefined },
    log,
    async orderOf({ names }: OrderOptions) {
      orders.push(names);
      const refused = refuses(names);
      if (refused !== undefined) throw refused;
      return pair;
    },
  });
  return {
    acme,
    orders,
    pass: (ms: number) => void (now += ms),
    name: (...all: readonly string[]) => void (hosts = all),
  };
}

const bad = (names: readonly string[]) => names.filter((name) => name.startsWith("bad"));
const refusing = (names: readonly string[]) =>
  bad(names).length === 0
    ? undefined
    : new NamesRefused(bad(names).map((name) => ({ name, reason: `no answer of ${name}` })));

test("acme: who goes on adding names that are refused does not cause an order for each", async (t) => {
  const { acme, orders, name, pass } = await open(t, refusing);
  name("bad1.test");
  await acme.look();
  assert.equal(orders.length, 1, "nothing is missing without it, so there is no second order");
  for (let index = 2; index < 50; index += 1) {
    name(`bad${index}.test`);
    pass(5_000);
    await acme.look();
  }
  assert.equal(orders.length, 1);
  pass(limits.acmeNamesMs);
  await acme.look();
  assert.equal(orders.length, 2);
});

test("acme: each name that was refused has its own reason, and not that of another app's", async (t) => {
  const { acme, name } = await open(t, refusing);
  name("bad1.test", "good.test", "bad2.test");
  await acme.look();
  assert.deepEqual(
    acme.leftOut().map(({ name: host, reason }) => [host, reason]),
    [
      ["bad1.test", "no answer of bad1.test"],
      ["bad2.test", "no answer of bad2.test"],
    ],
  );
});

test("acme: what was refused holds up no other, which is asked for at once", async (t) => {
  const { acme, orders, name } = await open(t, refusing);
  name("bad1.test", "good.test");
  await acme.look();
  assert.deepEqual(orders.at(-1), ["tidegate.example.org", "good.test"]);
  assert.equal(acme.failure(), undefined);
});

test("acme: a new name every ten minutes does not use up what an authority gives in a week", async (t) => {
  const { acme, orders, name, pass } = await open(t, () => undefined);
  for (let at = 0, index = 0; at < limits.acmeWeekMs; at += limits.acmeNamesMs, index += 1) {
    name(`good${index}.test`);
    await acme.look();
    pass(limits.acmeNamesMs);
  }
  assert.ok(
    orders.length > limits.acmeCertificatesFreeMax && orders.length < 50,
    `${orders.length}`,
  );
});

test("acme: a name that never leads here makes no other wait longer than ten minutes", async (t) => {
  const { acme, orders, name, pass } = await open(t, refusing);
  name("bad.test");
  for (let at = 0; at < limits.acmeWeekMs; at += limits.acmeLeftOutMs) {
    await acme.look();
    pass(limits.acmeLeftOutMs);
  }
  await acme.look();
  assert.ok(orders.length > limits.acmeCertificatesFreeMax, "it was asked for again and again");
  name("bad.test", "good.test");
  pass(limits.acmeNamesMs);
  await acme.look();
  assert.deepEqual(orders.at(-1), ["tidegate.example.org", "good.test"]);
});

test("acme: an authority that refuses one name after the other is asked so often and no more", async (t) => {
  const names = Array.from({ length: 90 }, (_, index) => `odd${index}.test`);
  const { acme, orders, name } = await open(t, (asked) => {
    const odd = asked.find((each) => each.startsWith("odd"));
    return odd === undefined ? undefined : new Error(`Cannot issue for "${odd}"`);
  });
  name(...names);
  await acme.look();
  assert.equal(orders.length, limits.acmeRoundsMax);
  await acme.look();
  assert.equal(orders.length, limits.acmeRoundsMax);
});

test("acme: too many certificates for one app's domain leave only that one out", async (t) => {
  const { acme, orders, name } = await open(t, (asked) =>
    asked.includes("www.evil.test")
      ? new Error('too many certificates (50) already issued for "evil.test" in the last 168h0m0s')
      : undefined,
  );
  name("shop.example.org", "www.evil.test", "good.test");
  await acme.look();
  assert.deepEqual(orders.at(-1), ["tidegate.example.org", "shop.example.org", "good.test"]);
});

test("acme: what finds no room in one certificate is told apart from what is on its way", async (t) => {
  const { acme, name } = await open(t, () => undefined);
  const hosts = Array.from({ length: limits.acmeNamesMax }, (_, index) => `a${index}.test`);
  name(...hosts.slice(1));
  await acme.look();
  assert.equal(
    acme.full()?.names.has("a1.test"),
    true,
    "with the console's they are as many as may be",
  );
  name(...hosts.slice(2));
  await acme.look();
  assert.equal(acme.full(), undefined);
  name(...hosts);
  await acme.look();
  assert.equal(acme.full()?.names.size, limits.acmeNamesMax);
  assert.deepEqual(acme.full()?.noRoom, hosts.slice(-1));
});
