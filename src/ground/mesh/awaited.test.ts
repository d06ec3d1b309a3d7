/** An edge that begins with the table of an earlier one: what is not there yet is starting, not failing. */
import assert from "node:assert/strict";
import { once } from "node:events";
import { connect } from "node:net";
import { test } from "node:test";
import type { EdgeRow } from "#domain";
import {
  armOf,
  ask,
  freePort,
  nextText,
  routeOf,
  startApp,
  tableOf,
} from "./edge-fixture.conformance.ts";
import { rowsOf, setStage, startRawApp, type Stage } from "./edge-stage.conformance.ts";
import { limits } from "./limits.ts";

const counted = (stage: Stage): readonly (readonly [number, number])[] =>
  rowsOf(stage.edge)
    .filter(({ requests }: EdgeRow) => requests > 0)
    .map(({ requests, errors }) => [requests, errors]);

/** An edge that was stopped with Tidegate, and is back before its apps are. */
async function returned(): Promise<{ stage: Stage; arm: ReturnType<typeof armOf> }> {
  const stage = await setStage(await freePort());
  const arm = armOf(await freePort(), await freePort());
  stage.edge.resume(tableOf(2, routeOf({ baseline: arm })));
  return { stage, arm };
}

/** What a client is told that asks for a web socket. */
async function refusedSocket(port: number): Promise<string> {
  const client = connect(port, "127.0.0.1");
  client.write(
    "GET /ws HTTP/1.1\r\nhost: shop.localhost\r\nconnection: Upgrade\r\nupgrade: websocket\r\n\r\n",
  );
  const said = await nextText(client);
  client.destroy();
  return said;
}

test("what the last table leads to and is not there yet is starting, and nobody's failure", async () => {
  const { stage } = await returned();
  await using _ = stage;
  const answer = await ask(stage.port);
  assert.deepEqual([answer.status, answer.headers["retry-after"]], [503, "2"]);
  assert.match(answer.body, /starting/);
  assert.match(
    await refusedSocket(stage.port),
    /^HTTP\/1\.1 503 The app is starting\r\n[^]*retry-after: 2\r\n/,
  );
  assert.deepEqual(counted(stage), []);
});

test("nor is a release of which the next table names no instance", async () => {
  const { stage, arm } = await returned();
  await using _ = stage;
  stage.edge.apply(tableOf(3, routeOf({ baseline: { ...arm, targets: [] } })));
  assert.equal((await ask(stage.port)).headers["retry-after"], "2");
  assert.match(await refusedSocket(stage.port), /^HTTP\/1\.1 503 The app is starting\r\n/);
  assert.deepEqual(counted(stage), []);
});

test("an instance that was reached and is gone again has failed", async () => {
  const { stage, arm } = await returned();
  await using _ = stage;
  const app = await startApp("app");
  const [target] = arm.targets;
  assert.ok(target !== undefined);
  const baseline = { ...arm, targets: [{ ...target, port: app.port }] };
  stage.edge.apply(tableOf(3, routeOf({ baseline })));
  assert.equal((await ask(stage.port)).status, 200);
  await app[Symbol.asyncDispose]();
  assert.equal((await ask(stage.port)).status, 502);
  assert.deepEqual(counted(stage), [[2, 1]]);
});

test("an instance that a newer table names is there: unreachable, it has failed", async () => {
  const { stage, arm } = await returned();
  await using _ = stage;
  const { targets } = armOf(await freePort());
  stage.edge.apply(tableOf(3, routeOf({ baseline: { ...arm, targets } })));
  assert.equal((await ask(stage.port)).status, 502);
  assert.deepEqual(counted(stage), [[1, 1]]);
});

test("what has not come when its time is up has failed", async () => {
  const { stage } = await returned();
  await using _ = stage;
  stage.edge.sweep(performance.now() + limits.startingMsMax);
  assert.equal((await ask(stage.port)).status, 502);
  assert.deepEqual(counted(stage), [[1, 1]]);
});

test("a response that the edge cuts when it stops is no failure of the app", async () => {
  const head = "HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\nhalf";
  await using app = await startRawApp((socket) => socket.write(head));
  await using stage = await setStage(app.port);
  const client = connect(stage.port, "127.0.0.1");
  client.write("GET / HTTP/1.1\r\nHost: shop.localhost\r\n\r\n");
  await nextText(client);
  const ended = [client, ...app.sockets].map((socket) => once(socket.resume(), "close"));
  stage.edge.close();
  await Promise.all(ended);
  assert.deepEqual(counted(stage), [[1, 0]]);
});
