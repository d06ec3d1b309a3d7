/** Bodies that come slowly, or never: over real sockets, byte by byte. */
import assert from "node:assert/strict";
import { once } from "node:events";
import { connect } from "node:net";
import { test, type TestContext } from "node:test";
import { machineActor } from "#domain";
import { createApi } from "./create-api.ts";
import { crewAt } from "./crew.testing.ts";
import { nobodySignsIn } from "./nobody-signs-in.testing.ts";
import { shopAt, shopToken } from "./shop.testing.ts";
import { realClock, silentLog } from "./surroundings.testing.ts";

/** `bodyMsMax`: short where a body never comes, long where it comes at once. */
async function open(t: TestContext, bodyMsMax: number): Promise<number> {
  const api = await createApi({
    delivery: shopAt(Date.now()),
    people: crewAt(Date.now()),
    git: {
      async handle(request, response) {
        await once(request.resume(), "end");
        response.end("packed");
      },
    },
    metrics: {
      identityOf: async () => undefined,
      take: async () => ({ status: 200, contentType: "text/plain", body: new Uint8Array() }),
    },
    authenticate: async (token) => (token === shopToken ? machineActor : undefined),
    log: silentLog,
    clock: realClock,
    signIn: nobodySignsIn,
    origin: "http://localhost:7420",
    version: "0.1.0",
    bodyMsMax,
  });
  const { port } = await api.listen();
  t.after(async () => await api.close());
  return port;
}

/** All that comes back until the server closes. */
async function say(port: number, head: readonly string[], body: string): Promise<string> {
  const socket = connect(port, "127.0.0.1");
  return await new Promise((resolve, reject) => {
    let text = "";
    socket.on("data", (piece) => (text += piece.toString()));
    socket.once("error", reject);
    socket.once("close", () => resolve(text));
    socket.write([...head, `host: localhost:${port}`, "", body].join("\r\n"));
  });
}

const bearer = `authorization: Bearer ${shopToken}`;
const json = ["content-type: application/json", "content-length: 1000"];
const asPage = ["sec-fetch-site: same-origin", "tidegate-request: 1"];
// oxfmt-ignore
const dribbles: readonly (readonly [claim: string, head: readonly string[]])[] = [
  ["a stranger's, at the sign-in",     ["POST /api/v1/session/password HTTP/1.1", ...json, ...asPage]],
  ["a user's",                         ["POST /api/v1/apps HTTP/1.1", ...json, bearer]],
  ["one of no declared length",        ["POST /api/v1/apps HTTP/1.1", "content-type: application/json", "transfer-encoding: chunked", bearer]],
];
for (const [claim, head] of dribbles) {
  test(`a body that does not arrive ends its request: ${claim}`, { timeout: 30_000 }, async (t) => {
    const port = await open(t, 50);
    const answer = await say(port, head, head.includes(json[1] ?? "") ? "{" : "1\r\n{\r\n");
    assert.match(answer, /^HTTP\/1\.1 400 /);
    assert.match(answer, /connection: close/i);
    assert.match(answer, /the body did not arrive within 50 ms/);
  });
}

test(
  "a body that arrives is nobody's business, and a push may take its time",
  { timeout: 30_000 },
  async (t) => {
    const port = await open(t, 20);
    const body = '{"name":"blog"}';
    const whole = ["content-type: application/json", `content-length: ${body.length}`, bearer];
    const close = "connection: close";
    const made = await say(port, ["POST /api/v1/apps HTTP/1.1", ...whole, close], body);
    assert.match(made, /^HTTP\/1\.1 201 /);
    const basic = `authorization: Basic ${Buffer.from(`x:${shopToken}`).toString("base64")}`;
    const push = [
      "POST /git/shop.git/git-receive-pack HTTP/1.1",
      "content-length: 4",
      basic,
      close,
    ];
    const socket = connect(port, "127.0.0.1");
    const told = new Promise<string>((resolve) =>
      socket.once("data", (piece) => resolve(piece.toString())),
    );
    socket.write([...push, `host: localhost:${port}`, "", "00"].join("\r\n"));
    // Until another's body has been too late, which began after it.
    await say(port, ["POST /api/v1/apps HTTP/1.1", ...json, bearer], "{");
    socket.write("00");
    assert.match(await told, /^HTTP\/1\.1 200 /);
    socket.destroy();
  },
);
