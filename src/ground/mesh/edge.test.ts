import assert from "node:assert/strict";
import { connect } from "node:net";
import { test } from "node:test";
import { newId, type AppRoute, type CohortRule, type EdgeInterval } from "#domain";
import {
  armOf,
  ask,
  openSocket,
  quietLog,
  realClock,
  routeOf,
  sendRaw,
} from "./edge-fixture.conformance.ts";
import {
  startApp,
  startEdge,
  startFixedApp,
  tableOf,
  temporaryDirectory,
} from "./edge-fixture.conformance.ts";
import { embeddedDataPlane, type EmbeddedDataPlane } from "./embedded-data-plane.ts";
import { limits } from "./limits.ts";

const never = new AbortController().signal;

interface Stage extends AsyncDisposable {
  readonly port: number;
  readonly dataPlane: EmbeddedDataPlane;
  /** Puts one app into effect. */
  route(route: Partial<AppRoute>): Promise<void>;
  /** All rows counted so far, flushed by a table change. */
  rows(): Promise<EdgeInterval["rows"]>;
}

async function setStage(): Promise<Stage> {
  const directory = await temporaryDirectory();
  const edge = await startEdge(directory.path);
  const dataPlane = await embeddedDataPlane({
    dataDir: directory.path,
    edges: ["edge-0"],
    publicPort: 80,
    log: quietLog,
    clock: realClock,
  });
  const put = async (...apps: readonly AppRoute[]) => {
    await dataPlane.apply(tableOf(dataPlane.tableVersion() + 1, ...apps), never);
  };
  return {
    port: edge.port,
    dataPlane,
    route: (route) => put(routeOf(route)),
    async rows() {
      // The change flushes, and what the edge answers next comes after the interval.
      await put();
      const rows: EdgeInterval["rows"][number][] = [];
      const stop = new AbortController();
      const health = dataPlane.health("edge-0").then(() => stop.abort());
      for await (const interval of dataPlane.intervals(stop.signal)) rows.push(...interval.rows);
      await health;
      return rows;
    },
    async [Symbol.asyncDispose]() {
      await dataPlane[Symbol.asyncDispose]();
      await edge[Symbol.asyncDispose]();
      await directory[Symbol.asyncDispose]();
    },
  };
}

const host = "Host: shop.localhost\r\n";
const body = "Content-Length: 4\r\n";
const chunked = "Transfer-Encoding: chunked\r\n";

// oxfmt-ignore
const malformed: readonly (readonly [string, string, RegExp])[] = [
  ["CL.TE",                         `POST / HTTP/1.1\r\n${host}${body}${chunked}\r\n0\r\n\r\nGET /evil HTTP/1.1\r\n${host}\r\n`, /^HTTP\/1.1 400 /],
  ["TE.CL",                         `POST / HTTP/1.1\r\n${host}${chunked}${body}\r\n5c\r\nGET /evil`,      /^HTTP\/1.1 400 /],
  ["an unknown transfer coding",    `POST / HTTP/1.1\r\n${host}Transfer-Encoding: xchunked\r\n\r\n0\r\n\r\n`, /^HTTP\/1.1 (400|501) /],
  ["two transfer codings",          `POST / HTTP/1.1\r\n${host}Transfer-Encoding: gzip, chunked\r\n\r\n0\r\n\r\n`, /^HTTP\/1.1 501 /],
  ["a repeated transfer coding",    `POST / HTTP/1.1\r\n${host}${chunked}${chunked}\r\n0\r\n\r\n`,         /^HTTP\/1.1 (400|501) /],
  ["chunks in HTTP/1.0",            `POST / HTTP/1.0\r\n${host}${chunked}\r\n0\r\n\r\n`,                   /^HTTP\/1.1 400 /],
  ["two lengths",                   `POST / HTTP/1.1\r\n${host}${body}Content-Length: 5\r\n\r\nabcde`,     /^HTTP\/1.1 400 /],
  ["the same length twice",         `POST / HTTP/1.1\r\n${host}${body}${body}\r\nabcd`,                    /^HTTP\/1.1 400 /],
  ["a length with a sign",          `POST / HTTP/1.1\r\n${host}Content-Length: +4\r\n\r\nabcd`,            /^HTTP\/1.1 400 /],
  ["a list of lengths",             `POST / HTTP/1.1\r\n${host}Content-Length: 4, 4\r\n\r\nabcd`,          /^HTTP\/1.1 400 /],
  ["obs-fold",                      `GET / HTTP/1.1\r\n${host}X: a\r\n b\r\n\r\n`,                         /^HTTP\/1.1 400 /],
  ["bare LF",                       `GET / HTTP/1.1\nHost: shop.localhost\n\n`,                            /^HTTP\/1.1 400 /],
  ["a bare CR in a value",          `GET / HTTP/1.1\r\n${host}X: a\rb\r\n\r\n`,                            /^HTTP\/1.1 400 /],
  ["NUL in a value",                `GET / HTTP/1.1\r\n${host}X: a\0b\r\n\r\n`,                            /^HTTP\/1.1 400 /],
  ["a space before the colon",      `GET / HTTP/1.1\r\n${host}X : a\r\n\r\n`,                              /^HTTP\/1.1 400 /],
  ["a space in the name",           `GET / HTTP/1.1\r\n${host}X Y: a\r\n\r\n`,                             /^HTTP\/1.1 400 /],
  ["a chunk size that is no hex",   `POST / HTTP/1.1\r\n${host}${chunked}\r\nzz\r\n`,                      /^HTTP\/1.1 400 /],
  ["no Host",                       "GET / HTTP/1.1\r\n\r\n",                                              /^HTTP\/1.1 400 /],
  ["no Host in HTTP/1.0",           "GET / HTTP/1.0\r\n\r\n",                                              /^HTTP\/1.1 400 /],
  ["two Hosts",                     `GET / HTTP/1.1\r\n${host}Host: evil.localhost\r\n\r\n`,               /^HTTP\/1.1 400 /],
  ["a Host with a path",            "GET / HTTP/1.1\r\nHost: shop.localhost/x\r\n\r\n",                    /^HTTP\/1.1 400 /],
  ["a Host with a user",            "GET / HTTP/1.1\r\nHost: a@shop.localhost\r\n\r\n",                    /^HTTP\/1.1 400 /],
  ["absolute form of another host", `GET http://evil.localhost/ HTTP/1.1\r\n${host}\r\n`,                  /^HTTP\/1.1 400 /],
  ["CONNECT",                       `CONNECT shop.localhost:80 HTTP/1.1\r\n${host}\r\n`,                   /^(HTTP\/1.1 4\d\d |$)/],
  ["a fragment",                    `GET /#x HTTP/1.1\r\n${host}\r\n`,                                     /^HTTP\/1.1 400 /],
  ["a target that is no path",      `GET x HTTP/1.1\r\n${host}\r\n`,                                       /^HTTP\/1.1 400 /],
  ["a huge header",                 `GET / HTTP/1.1\r\n${host}X: ${"a".repeat(limits.requestHeadBytesMax)}\r\n\r\n`, /^HTTP\/1.1 431 /],
  ["too many headers",              `GET / HTTP/1.1\r\n${host}${"A: b\r\n".repeat(limits.requestHeadersMax)}\r\n`, /^HTTP\/1.1 431 /],
  ["a body that says it is huge",   `POST / HTTP/1.1\r\n${host}Content-Length: ${limits.requestBodyBytesMax + 1}\r\n\r\n`, /^HTTP\/1.1 413 /],
  ["not HTTP at all",               "\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03\r\n\r\n",                /^HTTP\/1.1 400 /],
];
test("malformed requests are refused, and no app sees them", async (context) => {
  await using stage = await setStage();
  await using app = await startApp("app");
  await stage.route({ baseline: armOf(app.port) });
  for (const [claim, bytes, expected] of malformed) {
    await context.test(claim, async () => {
      const close = bytes.replace(/\r\n/, "\r\nConnection: close\r\n");
      const isOwnCase = bytes.includes("\n") && !bytes.includes("\r\n");
      const answer = await sendRaw(stage.port, isOwnCase ? bytes : close);
      assert.match(answer, expected);
      assert.deepEqual(
        app.seen.filter((seen) => seen.complete),
        [],
      );
    });
  }
  const control = await sendRaw(
    stage.port,
    `POST / HTTP/1.1\r\n${host}${body}Connection: close\r\n\r\nabcd`,
  );
  assert.match(control, /^HTTP\/1.1 200 /);
  assert.equal(app.seen.at(-1)?.complete, true);
});

// oxfmt-ignore
const badResponses: readonly (readonly [string, string])[] = [
  ["both framings",        "HTTP/1.1 200 OK\r\nContent-Length: 1\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n"],
  ["two lengths",          "HTTP/1.1 200 OK\r\nContent-Length: 1\r\nContent-Length: 2\r\n\r\nab"],
  ["obs-fold",             "HTTP/1.1 200 OK\r\nX: a\r\n b: c\r\nContent-Length: 0\r\n\r\n"],
  ["bare LF",              "HTTP/1.1 200 OK\nContent-Length: 0\n\n"],
  ["a space in a name",    "HTTP/1.1 200 OK\r\nX Y: a\r\nContent-Length: 0\r\n\r\n"],
  ["a bare CR",            "HTTP/1.1 200 OK\r\nX: a\rb\r\nContent-Length: 0\r\n\r\n"],
  ["no HTTP",              "hello\r\n\r\n"],
  ["nothing",              ""],
  ["an unasked upgrade",   "HTTP/1.1 101 Switching\r\nUpgrade: x\r\nConnection: upgrade\r\n\r\n"],
];
for (const [claim, bytes] of badResponses) {
  test(`an app that answers with ${claim} gets its user a 502, and is charged`, async () => {
    await using stage = await setStage();
    await using app = await startFixedApp(bytes, true);
    await stage.route({ baseline: armOf(app.port) });
    assert.equal((await ask(stage.port)).status, 502);
    const [row] = await stage.rows();
    assert.deepEqual([row?.requests, row?.errors, row?.connectionFailures], [1, 1, 0]);
    assert.equal(row?.failures[0]?.failure, "reset");
  });
}

test("spoofed and hop-by-hop headers do not reach the app; ours do", async () => {
  await using stage = await setStage();
  await using app = await startApp("app");
  await stage.route({ baseline: armOf(app.port) });
  await ask(stage.port, {
    headers: {
      "X-Forwarded-For": "6.6.6.6",
      X_Forwarded_Proto: "https",
      Forwarded: "for=6.6.6.6",
      "X-Real-IP": "6.6.6.6",
      "X-Tidegate-Arm": "candidate",
      "X-Request-Id": "mine",
      "X-Named": "1",
      "X-Kept": "1",
      Connection: "close, X-Named",
      "Proxy-Authorization": "secret",
    },
  });
  const headers = app.seen[0]?.headers ?? {};
  assert.equal(headers["x-forwarded-for"], "127.0.0.1");
  assert.equal(headers["x-forwarded-host"], "shop.localhost");
  assert.equal(headers["x-forwarded-proto"], "http");
  assert.equal(headers["x-kept"], "1");
  assert.notEqual(headers["x-request-id"], "mine");
  const gone = ["x_forwarded_proto", "forwarded", "x-real-ip", "x-tidegate-arm", "x-named"];
  for (const name of [...gone, "proxy-authorization"]) assert.equal(headers[name], undefined, name);
});

test("unknown hosts, hosts without a release and instances that are gone get helpful pages", async () => {
  await using stage = await setStage();
  await using app = await startApp("app");
  await stage.route({ baseline: armOf(app.port) });
  const unknown = await ask(stage.port, { headers: { host: "nope.localhost" } });
  assert.equal(unknown.status, 404);
  assert.match(unknown.body, /nope\.localhost/);
  assert.doesNotMatch(unknown.body, /shop/);
  assert.equal((await ask(stage.port, { headers: { host: "SHOP.localhost:7480" } })).body, "app");
  await stage.route({});
  assert.equal((await ask(stage.port)).status, 503);
  await stage.route({ baseline: armOf() });
  assert.equal((await ask(stage.port)).status, 503);
});

test("bodies stream both ways, whatever their framing", async () => {
  await using stage = await setStage();
  await using app = await startApp("echo", (incoming, response) => {
    if (incoming.headers["content-length"] !== undefined) {
      response.setHeader("content-length", incoming.headers["content-length"]);
    }
    incoming.pipe(response);
  });
  await stage.route({ baseline: armOf(app.port) });
  const large = "x".repeat(3_000_000);
  for (const headers of [{}, { "transfer-encoding": "chunked" }]) {
    const answer = await ask(stage.port, { method: "POST", body: large, headers });
    assert.equal(answer.status, 200);
    assert.equal(answer.body === large, true);
  }
  const expecting = await ask(stage.port, {
    method: "POST",
    body: "now",
    headers: { expect: "100-continue" },
  });
  assert.equal(expecting.body, "now");
});

test("responses without a body, with trailers, and old-style ones keep their meaning", async () => {
  await using stage = await setStage();
  await using app = await startApp("app", (incoming, response) => {
    if (incoming.url === "/204") response.writeHead(204).end();
    else if (incoming.url === "/304") response.writeHead(304, { etag: "x" }).end();
    else if (incoming.url === "/trailers") {
      response.writeHead(200, { trailer: "x-sum" });
      response.write("body");
      response.addTrailers({ "x-sum": "42" });
      response.end();
    } else response.writeHead(200, { "content-length": 12 }).end("twelve bytes");
  });
  await stage.route({ baseline: armOf(app.port) });
  const head = await ask(stage.port, { method: "HEAD" });
  assert.deepEqual([head.status, head.headers["content-length"], head.body], [200, "12", ""]);
  assert.equal((await ask(stage.port, { path: "/204" })).status, 204);
  assert.equal((await ask(stage.port, { path: "/304" })).headers.etag, "x");
  const trailing = await ask(stage.port, { path: "/trailers" });
  assert.deepEqual([trailing.body, trailing.trailers["x-sum"]], ["body", "42"]);
  await using old = await startFixedApp("HTTP/1.0 200 OK\r\n\r\nuntil the end", true);
  await stage.route({ baseline: armOf(old.port) });
  assert.equal((await ask(stage.port)).body, "until the end");
});

test("a client that hangs up ends the request at the app, and is no error", async () => {
  await using stage = await setStage();
  const arrived = Promise.withResolvers<void>();
  const gone = Promise.withResolvers<void>();
  await using app = await startApp("app", (_, response) => {
    response.on("close", () => gone.resolve());
    arrived.resolve();
  });
  await stage.route({ baseline: armOf(app.port) });
  const client = connect(stage.port, "127.0.0.1");
  client.write(`GET / HTTP/1.1\r\n${host}\r\n`);
  await arrived.promise;
  client.destroy();
  await gone.promise;
  assert.deepEqual(await stage.rows(), []);
});

test("a body that breaks off closes the client's connection and counts as one error", async () => {
  await using stage = await setStage();
  await using app = await startFixedApp("HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\nhalf", true);
  await stage.route({ baseline: armOf(app.port) });
  await assert.rejects(ask(stage.port));
  const [row] = await stage.rows();
  assert.deepEqual([row?.requests, row?.errors], [1, 1]);
});

test("an app that does not begin to answer in time gets its user a 504", async () => {
  await using stage = await setStage();
  await using app = await startApp("mute", () => undefined);
  await stage.route({ baseline: armOf(app.port), requestTimeoutMs: 50 });
  assert.equal((await ask(stage.port)).status, 504);
  const [row] = await stage.rows();
  assert.deepEqual([row?.errors, row?.failures[0]?.failure], [1, "timeout"]);
});

test("a refused connection is repeated on another instance, and still counted as an error", async () => {
  await using stage = await setStage();
  const dead = await startApp("dead");
  const { port: deadPort } = dead;
  await dead[Symbol.asyncDispose]();
  await using app = await startApp("alive");
  await stage.route({ baseline: armOf(deadPort, app.port) });
  const first = await ask(stage.port);
  const second = await ask(stage.port);
  assert.deepEqual([first.body, second.body], ["alive", "alive"]);
  const [row] = await stage.rows();
  assert.equal(row?.requests, 2);
  assert.ok(row.errors >= 1 && row.errors === row.connectionFailures);
});

test("users keep their arm, keys are counted, and forged cookies are replaced", async () => {
  await using stage = await setStage();
  await using old = await startApp("old");
  await using fresh = await startApp("new", (_, response) => response.writeHead(500).end("new"));
  const rollout = {
    id: newId("rol", Math.random),
    salt: "a salt",
    candidate: armOf(fresh.port),
    exposure: 5_000,
    rules: [] as CohortRule[],
  };
  await stage.route({ baseline: armOf(old.port), rollout });
  for (let user = 0; user < 30; user += 1) {
    const first = await ask(stage.port);
    const cookie = first.headers["set-cookie"]?.[0]?.split(";")[0] ?? "";
    assert.match(first.headers["set-cookie"]?.[0] ?? "", /HttpOnly; SameSite=Lax$/);
    const second = await ask(stage.port, { headers: { cookie } });
    assert.equal(second.headers["set-cookie"], undefined);
    assert.equal(second.body, first.body);
  }
  const forged = await ask(stage.port, { headers: { cookie: "tidegate_uid=a.b" } });
  assert.match(forged.headers["set-cookie"]?.[0] ?? "", /^tidegate_uid=/);
  const rows = await stage.rows();
  const sum = (of: (row: (typeof rows)[number]) => number) =>
    rows.reduce((total, row) => total + of(row), 0);
  assert.equal(
    sum((row) => row.requests),
    61,
  );
  assert.equal(
    sum((row) => row.unkeyedRequests),
    31,
  );
  assert.equal(
    sum((row) => row.seenUsers.length),
    30,
  );
  const candidate = rows.find((row) => row.arm === "candidate");
  assert.ok(candidate !== undefined);
  assert.deepEqual(candidate.harmedUsers, candidate.seenUsers);
  assert.equal(candidate.failures.length <= limits.failuresPerIntervalMax, true);
  for (const row of rows) assert.equal(row.exposure, 5_000);
});

test("rules come before chance and are counted apart; the app's own key is used", async () => {
  await using stage = await setStage();
  await using old = await startApp("old");
  await using fresh = await startApp("new");
  const rules: CohortRule[] = [
    { arm: "candidate", match: { kind: "header", name: "X-Staff", value: "yes" } },
    { arm: "baseline", match: { kind: "cookie", name: "vip", value: "1" } },
  ];
  const rollout = { id: newId("rol", Math.random), salt: "s", candidate: armOf(fresh.port), rules };
  const userKey = { from: "header", name: "X-User" } as const;
  const route = { baseline: armOf(old.port), userKey };
  await stage.route({ ...route, rollout: { ...rollout, exposure: 0 } });
  const staff = { "x-staff": "yes", "x-user": "ann" };
  assert.equal((await ask(stage.port, { headers: staff })).body, "new");
  const plain = await ask(stage.port, { headers: { "x-user": "ann" } });
  assert.deepEqual([plain.body, plain.headers["set-cookie"]], ["old", undefined]);
  await stage.route({ ...route, rollout: { ...rollout, exposure: 10_000 } });
  assert.equal((await ask(stage.port, { headers: { "x-user": "ann" } })).body, "new");
  assert.equal((await ask(stage.port, { headers: { cookie: "vip=1" } })).body, "old");
  const rows = await stage.rows();
  const ruled = rows.filter((row) => row.assignedBy === "rule");
  assert.deepEqual(
    ruled.map((row) => [row.arm, row.requests, row.seenUsers]),
    [
      ["candidate", 1, []],
      ["baseline", 1, []],
    ],
  );
  const exposures = rows.filter((row) => row.assignedBy === "random").map((row) => row.exposure);
  assert.deepEqual(exposures, [0, 10_000]);
  // The same user in both arms, since growing exposure moved them: seen once in each.
  const seen = rows.map((row) => [row.arm, row.seenUsers.length]);
  assert.deepEqual(
    seen.filter(([, count]) => count !== 0),
    [
      ["baseline", 1],
      ["candidate", 1],
    ],
  );
});

test("a candidate without instances leaves its users with the baseline, at exposure 0", async () => {
  await using stage = await setStage();
  await using old = await startApp("old");
  const id = newId("rol", Math.random);
  const rollout = { id, salt: "s", candidate: armOf(), exposure: 10_000, rules: [] };
  await stage.route({ baseline: armOf(old.port), rollout });
  assert.equal((await ask(stage.port)).body, "old");
  const [row] = await stage.rows();
  assert.deepEqual([row?.arm, row?.exposure], ["baseline", 0]);
});

test("an upgrade to anything but websocket is served as a plain request", async () => {
  await using stage = await setStage();
  await using app = await startApp("plain");
  await stage.route({ baseline: armOf(app.port) });
  const headers = { connection: "Upgrade, HTTP2-Settings", upgrade: "h2c", "http2-settings": "A" };
  assert.equal((await ask(stage.port, { headers })).body, "plain");
  assert.equal(app.seen[0]?.headers.upgrade, undefined);
  const socket = await openSocket(stage.port);
  socket.destroy();
});
