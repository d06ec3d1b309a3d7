/** Copies of users' requests: what is copied, what it comes to, and that nobody notices. */
import assert from "node:assert/strict";
import type { IncomingMessage, RequestListener } from "node:http";
import { connect } from "node:net";
import { test } from "node:test";
import { newId, type AppRoute, type EdgeRow, type ShadowCounts } from "#domain";
import {
  armOf,
  ask,
  nextText,
  openSocket,
  routeOf,
  shorten,
  startApp,
  tableOf,
  type Asking,
} from "./edge-fixture.conformance.ts";
import { rowsOf, setStage, startRawApp, type Stage } from "./edge-stage.conformance.ts";
import { limits } from "./limits.ts";

type Rollout = Partial<NonNullable<AppRoute["rollout"]>>;

/** Puts a rollout into effect that mirrors everything, unless told otherwise. */
function mirror(
  stage: Stage,
  ports: readonly [old: number, fresh: number],
  how: Rollout = {},
): void {
  const [old, fresh] = ports;
  const id = newId("rol", Math.random);
  const rollout = { id, salt: "s", candidate: armOf(fresh), exposure: 0, rules: [], ...how };
  const userKey = { from: "header", name: "x-user" } as const;
  const route = { baseline: armOf(old), userKey, requestTimeoutMs: 5_000 };
  const shadowed = { mirrorPercent: 100, ...rollout };
  stage.edge.apply(tableOf(stage.edge.tableVersion + 1, routeOf({ ...route, rollout: shadowed })));
}

const turn = () => new Promise((resolve) => setImmediate(resolve));

async function settled(stage: Stage): Promise<void> {
  while (stage.edge.shadowsInFlight > 0) await turn();
}

/** All rows with what was mirrored, once nothing is under way. */
async function counted(stage: Stage): Promise<readonly EdgeRow[]> {
  await settled(stage);
  return rowsOf(stage.edge);
}

function shadowOf(rows: readonly EdgeRow[]): ShadowCounts | undefined {
  return rows.find((row) => row.shadow !== undefined)?.shadow;
}

type Outcome = readonly [mirrored: number, copy: number, real: number, both: number, other: number];

function outcomeOf(shadow: ShadowCounts | undefined): Outcome | undefined {
  if (shadow === undefined) return undefined;
  const { mirrored, candidateOnlyFailed, baselineOnlyFailed, bothFailed, answersDiffered } = shadow;
  return [mirrored, candidateOnlyFailed, baselineOnlyFailed, bothFailed, answersDiffered];
}

const says =
  (body: string | Buffer, status = 200): RequestListener =>
  (_, response) =>
    response.writeHead(status).end(body);
const large = (last: string) => Buffer.concat([Buffer.alloc(300_000, "x"), Buffer.from(last)]);
/** A head, a part of a body, and no more. */
const breaks: RequestListener = (_, response) => {
  response.writeHead(200, { "content-length": 99 });
  response.write("part", () => response.destroy());
};
const hangsUp: RequestListener = (incoming) => incoming.socket.destroy();

// oxfmt-ignore
const pairs: readonly (readonly [claim: string, real: RequestListener, copy: RequestListener, expected: Outcome])[] = [
  ["the same answer",                says("one"),         says("one"),          [1, 0, 0, 0, 0]],
  ["another body of the same size",  says("one"),         says("two"),          [1, 0, 0, 0, 1]],
  ["a longer body",                  says("one"),         says("one more"),     [1, 0, 0, 0, 1]],
  ["another status that is no failure", says("one", 200), says("one", 404),     [1, 0, 0, 0, 1]],
  ["the same refusal",               says("no", 404),     says("no", 404),      [1, 0, 0, 0, 0]],
  ["a failure of the candidate",     says("one"),         says("no", 500),      [1, 1, 0, 0, 0]],
  ["a failure of the baseline",      says("no", 503),     says("one"),          [1, 0, 1, 0, 0]],
  ["failures of both",               says("no", 500),     says("other", 503),   [1, 0, 0, 1, 0]],
  ["a candidate that hangs up",      says("one"),         hangsUp,              [1, 1, 0, 0, 0]],
  ["a baseline that hangs up",       hangsUp,             says("one"),          [1, 0, 1, 0, 0]],
  ["a candidate's body that breaks", says("one"),         breaks,               [1, 1, 0, 0, 0]],
  ["a baseline's body that breaks",  breaks,              says("one"),          [1, 0, 1, 0, 0]],
  ["large bodies that are the same", says(large("a")),    says(large("a")),     [1, 0, 0, 0, 0]],
  ["large bodies with another end",  says(large("a")),    says(large("b")),     [1, 0, 0, 0, 1]],
];
for (const [claim, real, copy, expected] of pairs) {
  test(`mirrored: ${claim}`, async () => {
    await using old = await startApp("old", real);
    await using fresh = await startApp("fresh", copy);
    await using stage = await setStage(old.port);
    mirror(stage, [old.port, fresh.port]);
    await ask(stage.port).catch(() => undefined); // a baseline that breaks breaks its user's request
    assert.deepEqual(outcomeOf(shadowOf(await counted(stage))), expected);
  });
}

test("the copy is the request with a mark, and its answer reaches nobody", async () => {
  await using old = await startApp("old");
  await using fresh = await startApp("fresh", (_, response) => {
    response.setHeader("set-cookie", "stolen=1");
    response.end("fresh");
  });
  await using stage = await setStage(old.port);
  mirror(stage, [old.port, fresh.port]);
  const headers = { cookie: "session=9", "x-user": "ann", "tidegate-shadow": "forged" };
  const answer = await ask(stage.port, { path: "/cart?x=1", headers });
  assert.deepEqual([answer.body, answer.headers["set-cookie"]], ["old", undefined]);
  await settled(stage);
  const [real, copy] = [old.seen[0], fresh.seen[0]];
  assert.deepEqual([copy?.url, copy?.headers.cookie], ["/cart?x=1", "session=9"]);
  assert.deepEqual(
    [real?.headers["tidegate-shadow"], copy?.headers["tidegate-shadow"]],
    [undefined, "1"],
  );
  assert.equal(copy?.headers["x-request-id"], `${String(real?.headers["x-request-id"])}-shadow`);
});

test("what the table excepts is served and never copied", async () => {
  await using old = await startApp("old");
  await using fresh = await startApp("fresh");
  await using stage = await setStage(old.port);
  mirror(stage, [old.port, fresh.port], { mirrorExcept: ["/login", "/one-time/*"] });
  for (const path of ["/login?x=1", "/%6Cogin", "/one-time/abc", "/cart"]) {
    assert.equal((await ask(stage.port, { path })).body, "old");
  }
  assert.equal(outcomeOf(shadowOf(await counted(stage)))?.[0], 1);
  assert.deepEqual(
    fresh.seen.map(({ url }) => url),
    ["/cart"],
  );
});

const sum = (cells: readonly number[] = []) => cells.reduce((total, count) => total + count, 0);

test("copies are in no count of users or requests, and their latency stands beside", async () => {
  await using old = await startApp("old");
  await using fresh = await startApp("fresh", says("no", 500));
  await using stage = await setStage(old.port);
  mirror(stage, [old.port, fresh.port]);
  for (let nth = 0; nth < 5; nth += 1) await ask(stage.port, { headers: { "x-user": "ann" } });
  const rows = await counted(stage);
  assert.deepEqual(
    rows.map((row) => [row.arm, row.requests, row.errors, row.harmedUsers.length]),
    [["baseline", 5, 0, 0]],
  );
  const shadow = shadowOf(rows);
  assert.deepEqual([sum(shadow?.baselineLatency), sum(shadow?.candidateLatency)], [5, 5]);
  assert.equal(sum(rows[0]?.latency), 5);
  assert.equal(stage.edge.requestsInFlight, 0);
});

const isMarked = (seen: IncomingMessage) => seen.headers["tidegate-shadow"] === "1";
const staff = { arm: "baseline", match: { kind: "header", name: "x-staff", value: "1" } } as const;
// oxfmt-ignore
const chosen: readonly (readonly [claim: string, asking: Asking, how: Rollout, copies: number])[] = [
  ["a GET",                        {},                                    {},                     1],
  ["a HEAD",                       { method: "HEAD" },                    {},                     1],
  ["not a POST",                   { method: "POST" },                    {},                     0],
  ["not a DELETE",                 { method: "DELETE" },                  {},                     0],
  ["not a GET with a body",        { body: "x", headers: { "content-length": "1" } }, {},         0],
  ["not when the share is 0",      {},                                    { mirrorPercent: 0 },   0],
  ["not for a share that is none", {},                                    { mirrorPercent: Number.NaN }, 0],
  ["not what the candidate serves", {},                                   { exposure: 10_000 },   0],
  ["not of those kept by a rule",  { headers: { "x-staff": "1" } },       { rules: [staff] },     0],
  ["not to a candidate of nothing", {},                                   { candidate: armOf() }, 0],
];
for (const [claim, asking, how, copies] of chosen) {
  test(`what is mirrored: ${claim}`, async () => {
    await using old = await startApp("old");
    await using fresh = await startApp("old");
    await using stage = await setStage(old.port);
    mirror(stage, [old.port, fresh.port], how);
    await ask(stage.port, asking);
    const shadow = shadowOf(await counted(stage));
    assert.equal(shadow?.mirrored ?? 0, copies);
    assert.equal([...old.seen, ...fresh.seen].filter(isMarked).length, copies);
  });
}

test("a WebSocket is not mirrored", async () => {
  await using old = await startApp("old");
  await using fresh = await startApp("fresh");
  await using stage = await setStage(old.port);
  mirror(stage, [old.port, fresh.port]);
  const socket = await openSocket(stage.port);
  socket.destroy();
  assert.equal(stage.edge.shadowsInFlight, 0);
  assert.equal(fresh.seen.length, 0);
});

test("about the share that was asked for is mirrored", async (context) => {
  shorten(context, { shadowsPerSweepMax: 1_000 });
  await using app = await startApp("app");
  await using stage = await setStage(app.port);
  mirror(stage, [app.port, app.port], { mirrorPercent: 25 });
  // The grant of copies is made by a sweep, and the stage has none of its own.
  stage.edge.sweep();
  for (let nth = 0; nth < 400; nth += 1) await ask(stage.port);
  const mirrored = shadowOf(await counted(stage))?.mirrored ?? 0;
  // Binomial(400, 1/4): four standard deviations are 35.
  assert.ok(Math.abs(mirrored - 100) < 35, `${mirrored} of 400`);
});

/** Users' requests, all of which must be served as if there were no mirror. */
async function visits(stage: Stage, count: number): Promise<void> {
  const answers = await Promise.all(Array.from({ length: count }, () => ask(stage.port)));
  for (const { status, body } of answers) assert.deepEqual([status, body], [200, "old"]);
}

test("a candidate that hangs holds no user, and no more copies than allowed", async (context) => {
  shorten(context, { shadowsPerSweepMax: 1_000, shadowsMax: 8 });
  await using old = await startApp("old");
  await using mute = await startApp("mute", () => undefined);
  await using stage = await setStage(old.port);
  mirror(stage, [old.port, mute.port]);
  stage.edge.sweep();
  await visits(stage, 50);
  assert.equal(stage.edge.shadowsInFlight, 8);
  assert.equal(stage.edge.requestsInFlight, 0);
  // When the app's time-out has passed, these copies have failed, as users' requests would have.
  stage.edge.sweep(performance.now() + 5_500);
  assert.deepEqual(outcomeOf(shadowOf(await counted(stage))), [8, 8, 0, 0, 0]);
});

test("a body without an end is let go once as much was read as is compared", async (context) => {
  shorten(context, { shadowBodyBytesMax: 100_000 });
  await using old = await startApp("old");
  let written = 0;
  const gone = Promise.withResolvers<void>();
  await using endless = await startRawApp((socket) => {
    socket.on("close", () => gone.resolve());
    socket.write("HTTP/1.1 200 OK\r\n\r\n");
    const more = () => {
      let hasRoom = true;
      while (hasRoom && !socket.destroyed) {
        hasRoom = socket.write(Buffer.alloc(65_536));
        written += 65_536;
      }
    };
    socket.on("drain", more);
    more();
  });
  await using stage = await setStage(old.port);
  mirror(stage, [old.port, endless.port]);
  await visits(stage, 1);
  await gone.promise;
  assert.deepEqual(outcomeOf(shadowOf(await counted(stage))), [1, 0, 0, 0, 1]);
  assert.ok(written < 32 * 1024 ** 2, `${written} bytes`);
});

const stream: RequestListener = (_, response) => {
  response.writeHead(200, { "content-type": "text/event-stream" });
  response.write("data: 1\n\n");
};

test("streams of events are compared by their status, and let go in time", async () => {
  await using old = await startApp("old", stream);
  await using fresh = await startApp("fresh", stream);
  await using stage = await setStage(old.port);
  mirror(stage, [old.port, fresh.port]);
  const client = connect(stage.port, "127.0.0.1");
  client.write("GET / HTTP/1.1\r\nHost: shop.localhost\r\n\r\n");
  await nextText(client);
  while (fresh.seen.length === 0) await turn();
  await turn();
  stage.edge.sweep(performance.now() + 5_500);
  assert.equal(stage.edge.shadowsInFlight, 1);
  stage.edge.sweep(performance.now() + 5_500 + limits.shadowBodyMsMax);
  const shadow = shadowOf(await counted(stage));
  assert.equal(shadow?.mirrored, 1);
  assert.equal(stage.edge.requestsInFlight, 1, "the user's own goes on");
  client.destroy();
});

test("a user who leaves takes the copy along, uncounted", async () => {
  const asked = Promise.withResolvers<void>();
  await using mute = await startApp("mute", () => asked.resolve());
  await using fresh = await startApp("fresh");
  await using stage = await setStage(mute.port);
  mirror(stage, [mute.port, fresh.port]);
  const client = connect(stage.port, "127.0.0.1");
  client.write("GET / HTTP/1.1\r\nHost: shop.localhost\r\n\r\n");
  await asked.promise;
  client.destroy();
  assert.equal(shadowOf(await counted(stage)), undefined);
});

test("a baseline that broke off is judged when the candidate has answered, too", async () => {
  const asked = Promise.withResolvers<void>();
  const finish = Promise.withResolvers<void>();
  await using old = await startApp("old", (incoming, response) => {
    void asked.promise.then(() => breaks(incoming, response));
  });
  await using fresh = await startApp("fresh", (_, response) => {
    asked.resolve();
    void finish.promise.then(() => response.end("fresh"));
  });
  await using stage = await setStage(old.port);
  mirror(stage, [old.port, fresh.port]);
  await assert.rejects(ask(stage.port));
  while (stage.edge.requestsInFlight > 0) await turn();
  finish.resolve();
  assert.deepEqual(outcomeOf(shadowOf(await counted(stage))), [1, 0, 1, 0, 0]);
});

test("an instance that is taken away takes its copies along, and no drain waits for them", async () => {
  await using old = await startApp("old");
  await using mute = await startApp("mute", () => undefined);
  await using stage = await setStage(old.port);
  const candidate = armOf(mute.port);
  mirror(stage, [old.port, mute.port], { candidate });
  await visits(stage, 3);
  while (mute.seen.length < 3) await turn();
  assert.equal(await stage.edge.drain([candidate.targets[0]?.instance ?? assert.fail()], 0), 0);
  const gone = mute.seen.map(
    (seen) => new Promise((resolve) => seen.socket.once("close", resolve)),
  );
  stage.edge.apply(tableOf(stage.edge.tableVersion + 1, routeOf({ baseline: armOf(old.port) })));
  await Promise.all(gone);
  assert.equal(shadowOf(await counted(stage)), undefined);
});

test("a candidate that is not there costs its copies, and no user", async () => {
  const { port, ...gone } = await startApp("gone");
  await gone[Symbol.asyncDispose]();
  await using old = await startApp("old");
  await using stage = await setStage(old.port);
  mirror(stage, [old.port, port]);
  await visits(stage, 4);
  assert.deepEqual(outcomeOf(shadowOf(await counted(stage))), [4, 4, 0, 0, 0]);
});

async function mirroredOf(stage: Stage): Promise<number> {
  await visits(stage, 6);
  return shadowOf(await counted(stage))?.mirrored ?? 0;
}

test("an edge that is late with its own work mirrors nothing until it is in time again", async () => {
  await using app = await startApp("old");
  await using stage = await setStage(app.port);
  mirror(stage, [app.port, app.port]);
  const now = performance.now();
  stage.edge.sweep(now);
  stage.edge.sweep(now + limits.sweepMs + limits.shadowLateMsMax + 1);
  assert.equal(await mirroredOf(stage), 0);
  stage.edge.sweep(now + 2 * limits.sweepMs + limits.shadowLateMsMax + 1);
  assert.equal(await mirroredOf(stage), 6);
});

test("between two sweeps no more copies are begun than granted", async (context) => {
  shorten(context, { shadowsPerSweepMax: 4 });
  await using app = await startApp("old");
  await using stage = await setStage(app.port);
  mirror(stage, [app.port, app.port]);
  stage.edge.sweep();
  assert.equal(await mirroredOf(stage), 4);
});

test("after large answers none is mirrored until as many bytes were granted", async (context) => {
  shorten(context, { shadowBytesPerSweepMax: 1_000 });
  await using old = await startApp("old");
  await using fresh = await startApp("fresh", says(Buffer.alloc(2_500)));
  await using stage = await setStage(old.port);
  mirror(stage, [old.port, fresh.port]);
  const mirrored: boolean[] = [];
  for (let nth = 0; nth < 4; nth += 1) {
    const before = fresh.seen.length;
    await visits(stage, 1);
    await settled(stage);
    mirrored.push(fresh.seen.length > before);
    stage.edge.sweep();
  }
  // 1,000 - 2,503 leaves a debt that two grants of 1,000 pay.
  assert.deepEqual(mirrored, [true, false, true, false]);
});

test("a candidate whose connections users need gets no copies", async (context) => {
  shorten(context, { upstreamConnectionsMax: 4 });
  await using old = await startApp("old");
  await using mute = await startApp("mute", () => undefined);
  await using stage = await setStage(old.port);
  mirror(stage, [old.port, mute.port]);
  await visits(stage, 6);
  assert.equal(stage.edge.shadowsInFlight, 2);
});
