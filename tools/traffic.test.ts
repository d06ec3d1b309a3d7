/** The simulated users are people to a server: they keep their cookies, differ in how much they do, and leave. */
import assert from "node:assert/strict";
import { spawn, spawnSync } from "node:child_process";
import { once } from "node:events";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { test } from "node:test";

const requestsSeen = 400;
const users = 40;

test("traffic: each user keeps the cookie they were given, and a few do much", async () => {
  const visits = new Map<string, number>();
  const paths = new Set<string>();
  let strangers = 0;
  const enough = Promise.withResolvers<void>();
  const server = createServer((request, response) => {
    const cookie = /who=(\d+)/.exec(request.headers.cookie ?? "")?.[1];
    const who = cookie ?? String((strangers += 1));
    visits.set(who, (visits.get(who) ?? 0) + 1);
    paths.add(request.url ?? "");
    assert.equal(request.headers.host, `shop.localhost:${port}`);
    response.setHeader("set-cookie", `who=${who}; Path=/; HttpOnly`);
    response.end("ok");
    if ([...visits.values()].reduce((sum, count) => sum + count) >= requestsSeen) enough.resolve();
  });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- it listens on TCP
  const { port } = server.address() as AddressInfo;
  const words = ["--url", `http://shop.localhost:${port}`, "--users", String(users)];
  const program = join(import.meta.dirname, "traffic.ts");
  const child = spawn(process.execPath, [program, ...words, "--rate", "800", "--attended"], {
    stdio: ["pipe", "pipe", "inherit"],
  });
  const lines: string[] = [];
  createInterface({ input: child.stdout }).on("line", (line) => lines.push(line));
  try {
    await enough.promise;
    child.stdin.end();
    const [code] = await once(child, "close");
    assert.equal(code, 0);
    const last = JSON.parse(lines.at(-1) ?? "");
    assert.equal(last.users, strangers, "as many users as the server took for strangers");
    assert.ok(strangers <= users && strangers > users / 2, String(strangers));
    assert.ok(last.requests >= requestsSeen);
    assert.equal(last.failed + last.lost, 0);
    assert.deepEqual([...paths].toSorted(), ["/", "/cart", "/checkout"]);
    const counts = [...visits.values()].toSorted((a, b) => b - a);
    assert.ok((counts[0] ?? 0) > 3 * (counts.at(-1) ?? 0), counts.join(" "));
  } finally {
    child.kill("SIGKILL");
    server.closeAllConnections();
    server.close();
  }
});

test("traffic: without input it goes on, until it is signalled", async () => {
  const server = createServer((_request, response) => response.end("ok"));
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- it listens on TCP
  const { port } = server.address() as AddressInfo;
  const program = join(import.meta.dirname, "traffic.ts");
  const words = [program, "--url", `http://shop.localhost:${port}`, "--rate", "800"];
  const child = spawn(process.execPath, words, { stdio: ["ignore", "pipe", "inherit"] });
  const lines: string[] = [];
  createInterface({ input: child.stdout }).on("line", (line) => lines.push(line));
  const closed = once(child, "close");
  try {
    // Its input, which is closed from the start, has been read by then, if it is read.
    let asked = 0;
    while (asked < requestsSeen) {
      await Promise.race([once(server, "request"), closed.then(() => assert.fail("it ended"))]);
      asked += 1;
    }
    child.kill("SIGTERM");
    const [code] = await closed;
    assert.equal(code, 0);
    assert.equal(lines.length, 2, "at the beginning, and at the end");
  } finally {
    child.kill("SIGKILL");
    server.closeAllConnections();
    server.close();
  }
});

for (const [words, code, told] of [
  [["--help"], 0, "stdout"],
  [[], 2, "stderr"],
] as const) {
  test(`traffic ${words.join(" ")}: says how to use it, on ${told}`, () => {
    const program = join(import.meta.dirname, "traffic.ts");
    const ran = spawnSync(process.execPath, [program, ...words], { encoding: "utf8" });
    assert.equal(ran.status, code);
    assert.match(ran[told], /^usage: node tools\/traffic\.ts --url/m);
    assert.doesNotMatch(ran.stderr, /^ {4}at /m);
  });
}
