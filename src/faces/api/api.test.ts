import assert from "node:assert/strict";
import { request as httpRequest, type ClientRequest, type IncomingMessage } from "node:http";
import { connect } from "node:net";
import { after, before, test } from "node:test";
import { setTimeout as delay } from "node:timers/promises";
import { z } from "zod";
import { machineActor, type Clock, type DomainError, type Log } from "#domain";
import { problem, problemCodes, routes, type RouteKey } from "#faces/api/contract";
import { err } from "#std";
import { createApi, newServer, type Api, type ApiOptions, type Listening } from "./create-api.ts";
import { bodies, pathOf } from "./asked.testing.ts";
import { crewAt } from "./crew.testing.ts";
import type { GitContext } from "./git-door.ts";
import { bodyBytesMax, failedAttemptsMax } from "./limits.ts";
import { problemOf, problemPath } from "./problems.ts";
import { nobodySignsIn } from "./nobody-signs-in.testing.ts";
import { changeId, shopAt, shopToken, stoppedId, type Shop } from "./shop.testing.ts";

const clock: Clock = {
  now: () => Date.now(),
  sleep: async (ms, signal) => {
    await delay(ms, undefined, { signal, ref: false }).catch(() => undefined);
  },
  random: () => 0.5,
};

const logged: string[] = [];
const write = (level: string) => (event: string) => void logged.push(`${level} ${event}`);
const log: Log = {
  error: write("error"),
  warn: write("warn"),
  info: write("info"),
  debug: write("debug"),
};

const gitCalls: GitContext[] = [];
let gitBodyBytes = 0;

function optionsFor(delivery: Shop): ApiOptions {
  return {
    delivery,
    people: crewAt(Date.now()),
    git: {
      handle: async (request, response, context) => {
        gitCalls.push(context);
        gitBodyBytes = 0;
        for await (const chunk of request) gitBodyBytes += Buffer.from(chunk).length;
        response.writeHead(200, { "content-type": "application/x-git-test" });
        response.end("packed");
      },
    },
    metrics: {
      identityOf: async () => undefined,
      take: async () => ({ status: 200, contentType: "text/plain", body: new Uint8Array() }),
    },
    authenticate: async (token) => (token === shopToken ? machineActor : undefined),
    log,
    clock,
    signIn: nobodySignsIn,
    origin: "http://localhost:7420",
    version: "0.1.0",
  };
}

let shop: Shop;
let api: Api;
let at: Listening;
before(async () => {
  shop = shopAt(Date.now());
  api = await createApi(optionsFor(shop));
  at = await api.listen();
});
after(async () => api.close());

interface Answer {
  readonly status: number;
  readonly headers: IncomingMessage["headers"];
  readonly text: string;
}

interface Ask {
  readonly method?: string;
  readonly path: string;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: string | Buffer;
  readonly to?: Listening;
  /** Leaves when this was said: a stream of everything has no end. */
  readonly until?: string;
}

/** One request over a socket of its own; fetch would not let us choose the Host header. */
async function ask({
  method = "GET",
  path,
  headers = {},
  body,
  to = at,
  until,
}: Ask): Promise<Answer> {
  const request = httpRequest({
    port: to.port,
    host: "127.0.0.1",
    method,
    path,
    headers,
    agent: false,
  });
  request.end(body);
  const response = await responseOf(request);
  response.setEncoding("utf8");
  let text = "";
  for await (const chunk of response) {
    text += String(chunk);
    if (until !== undefined && text.includes(until)) break;
  }
  return { status: response.statusCode ?? 0, headers: response.headers, text };
}

async function responseOf(request: ClientRequest): Promise<IncomingMessage> {
  return new Promise((resolve, reject) => request.once("response", resolve).once("error", reject));
}

const right = { authorization: `Bearer ${shopToken}` };
const json = { ...right, "content-type": "application/json" };
const basic = (password: string) => ({
  authorization: `Basic ${Buffer.from(`anybody:${password}`).toString("base64")}`,
});

// oxlint-disable-next-line typescript/no-unsafe-type-assertion -- the table's own keys
const keys = Object.keys(routes) as RouteKey[];
// Those have tests of their own: sign-in.test.ts.
const ofSigningIn = /^\w+ \/api\/v1\/(?:session|password|passkeys|invitations|providers)/;
for (const key of keys.filter((each) => !ofSigningIn.test(each))) {
  test(`${key}: refuses no token and a wrong one, and answers the right one as the contract has it`, async () => {
    const { method, path } = pathOf(key);
    const body = bodies[key];
    const asked = shop.calls.length;
    const none = await ask({ method, path });
    assert.equal(none.status, 401);
    assert.equal(none.headers["www-authenticate"], 'Bearer realm="tidegate"');
    const wrong = await ask({
      method,
      path,
      headers: { authorization: "Bearer wrong" },
      to: await fresh(),
    });
    assert.equal(wrong.status, 401);
    const asBasic = await ask({ method, path, headers: basic(shopToken) });
    assert.equal(asBasic.status, 401, "what a browser adds by itself does not open the API");
    for (const refused of [none, wrong, asBasic]) {
      assert.equal(problem.parse(JSON.parse(refused.text)).code, "unauthenticated");
    }
    assert.equal(shop.calls.length, asked, "a refused request changed something");

    const allowed = await ask({
      method,
      path,
      headers: body === undefined ? right : json,
      ...(body === undefined ? {} : { body }),
      ...(key === "GET /api/v1/events" ? { until: "event: place" } : {}),
    });
    assert.equal(allowed.status, routes[key].status, allowed.text);
    if (routes[key].kind === "json") routes[key].response.parse(JSON.parse(allowed.text));
    else assert.match(allowed.text, /event: (?:end|place)\n/);
  });
}

test("the auth matrix covers a table that is not empty", () => assert.ok(keys.length >= 20));

/** A server of its own, for tests that leave traces in the count of failed attempts. */
async function fresh(): Promise<Listening> {
  const server = await createApi(optionsFor(shopAt(Date.now())));
  after(async () => server.close());
  return server.listen();
}

test("a route that does not say who may ask keeps the server from starting", async () => {
  const server = newServer(optionsFor(shop));
  assert.throws(
    () => server.get("/api/v1/forgotten", () => "open to everybody"),
    /route GET \/api\/v1\/forgotten does not say who may ask/,
  );
  server.get("/control", { config: { access: "public" } }, () => "fine");
  await server.ready();
  await server.close();
});

test("wrong tokens beyond the limit are told to wait, and the right one still gets in", async () => {
  const to = await fresh();
  const wrong = { path: "/api/v1/apps", headers: { authorization: "Bearer wrong" }, to };
  const statuses: number[] = [];
  for (let attempt = 0; attempt <= failedAttemptsMax; attempt += 1) {
    statuses.push((await ask(wrong)).status);
  }
  assert.deepEqual([...new Set(statuses.slice(0, -1))], [401]);
  assert.equal(statuses.at(-1), 429);
  const refused = await ask(wrong);
  assert.ok(Number(refused.headers["retry-after"]) > 0);
  assert.equal((await ask({ path: "/api/v1/apps", headers: right, to })).status, 200);
});

// oxfmt-ignore
const domainErrors: Readonly<Record<DomainError["code"], readonly [DomainError, number, string]>> = {
  invalid_input: [{ code: "invalid_input", field: "app", expected: "a name", found: "9" }, 400, "app is 9; expected a name"],
  forbidden: [{ code: "forbidden", who: "ana", permission: "source.push", on: { kind: "platform" }, isTokenTooNarrow: false, grantors: [] }, 403, "ana may not push; that takes source.push on the whole platform"],
  not_found: [{ code: "not_found", what: "app", name: "x" }, 404, 'there is no app "x"'],
  already_exists: [{ code: "already_exists", what: "app", name: "x" }, 409, 'app "x" exists already'],
  wrong_state: [{ code: "wrong_state", what: "rollout", state: "held", next: "Promote it." }, 409, "the rollout is held"],
  stale_step: [{ code: "stale_step", asked: 1, current: 2, steps: 3, title: "10 % of users" }, 409, "step 1 was named; the rollout is in step 2 of 3 (10 % of users)"],
  limit_reached: [{ code: "limit_reached", limit: "apps", allowed: 5, unit: "apps", found: 6 }, 422, "the most for apps is 5 apps; found 6"],
  version_conflict: [{ code: "version_conflict", kind: "app", id: "x" }, 409, 'app "x" was changed meanwhile'],
  fence_lost: [{ code: "fence_lost", work: "deliver" }, 503, "deliver has passed to another worker"],
  sign_in_refused: [{ code: "sign_in_refused" }, 401, "name or password is not right"],
  credential_refused: [{ code: "credential_refused", what: "invitation", why: "has expired", next: "Ask for a new one." }, 403, "the invitation has expired"],
  sign_in_again: [{ code: "sign_in_again", toDo: "add a passkey" }, 403, "the sign-in is too long ago to add a passkey"],
  credential_ended: [{ code: "credential_ended", what: "session" }, 401, "the session has ended while this was under way; nothing was made"],
  too_many_sign_ins: [{ code: "too_many_sign_ins", retryAfterMs: 1500 }, 429, "too many wrong passwords; wait 1.5 s"],
  unavailable: [{ code: "unavailable", what: "PostgreSQL", reason: "starting", retryAfterMs: 1500 }, 503, "PostgreSQL is not available: starting"],
};

/** The mapper takes any error from any route; the interface names fewer per route. */
function asIs(error: DomainError): Extract<DomainError, { code: "already_exists" }> {
  // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- see above
  return error as Extract<DomainError, { code: "already_exists" }>;
}

test("problems: an error that knows better what to do next says that", () => {
  const error = { code: "invalid_input", field: "key", expected: "a cookie" } as const;
  assert.equal(problemOf({ ...error, next: "Give it." }, "r").next, "Give it.");
  assert.equal(problemOf(error, "r").next, "Correct the value and ask again.");
});

test("problems: a key that is there already needs no other name", () => {
  const error = { code: "already_exists", what: "SSH key", name: "SHA256:x" } as const;
  assert.match(problemOf(error, "r").next, /^It is there already/);
});

for (const [code, [error, status, detail]] of Object.entries(domainErrors)) {
  test(`problems: ${code} becomes status ${status} with its facts`, async () => {
    const server = await createApi(
      optionsFor({ ...shop, createApp: async () => err(asIs(error)) }),
    );
    const to = await server.listen();
    const answer = await ask({
      method: "POST",
      path: "/api/v1/apps",
      headers: json,
      body: '{"name":"x"}',
      to,
    });
    await server.close();
    const body = problem.parse(JSON.parse(answer.text));
    assert.equal(answer.status, status);
    assert.match(answer.headers["content-type"] ?? "", /^application\/problem\+json/);
    assert.deepEqual([body.code, body.status, body.detail], [code, status, detail]);
    assert.equal(body.instance, `urn:tidegate:request:${String(answer.headers["x-request-id"])}`);
    assert.equal(answer.headers["retry-after"], "retryAfterMs" in error ? "2" : undefined);
  });
}

test("problems: every code has a page that this instance serves, and next says what to do", async () => {
  assert.ok(problemCodes.length >= 15);
  for (const code of problemCodes) {
    const page = await ask({ path: problemPath(code) });
    assert.equal(page.status, 200, code);
    assert.match(page.text, new RegExp(`code <code>${code}</code>`));
  }
  assert.equal((await ask({ path: "/problems/no-such-code" })).status, 404);
});

test("an internal fault tells the caller nothing but the request's id, and the log everything", async () => {
  const faulty = { ...shop, status: () => Promise.reject(new Error("password is hunter2")) };
  const server = await createApi(optionsFor(faulty));
  const to = await server.listen();
  const answer = await ask({ path: "/api/v1/status", headers: right, to });
  await server.close();
  assert.equal(answer.status, 500);
  assert.doesNotMatch(answer.text, /hunter2/);
  assert.deepEqual(problem.parse(JSON.parse(answer.text)).detail, "Internal error");
  assert.ok(logged.includes("error api.request_failed"));
});

// oxfmt-ignore
const badRequests: readonly (readonly [claim: string, ask: Ask, status: number, code: string, detail: RegExp])[] = [
  ["a body that is not JSON", { method: "POST", path: "/api/v1/apps", headers: json, body: "{name" }, 400, "malformed_request", /not JSON/],
  ["an empty body", { method: "POST", path: "/api/v1/apps", headers: json }, 400, "malformed_request", /empty/],
  ["an unknown key", { method: "POST", path: "/api/v1/apps", headers: json, body: '{"nmae":"x","name":"x"}' }, 400, "malformed_request", /unknown in the body: "nmae"; expected "name"/],
  ["a wrong type", { method: "POST", path: "/api/v1/apps", headers: json, body: '{"name":7}' }, 400, "malformed_request", /name in the body is not as expected: expected string, received number/],
  ["another media type", { method: "POST", path: "/api/v1/apps", headers: { ...json, "content-type": "text/xml" }, body: "<a/>" }, 415, "unsupported_media_type", /text\/xml/],
  ["a prototype in the body", { method: "POST", path: "/api/v1/apps", headers: json, body: '{"name":"x","__proto__":{}}' }, 400, "malformed_request", /./],
  ["a body that is too large", { method: "POST", path: "/api/v1/apps", headers: json, body: JSON.stringify({ name: "x".repeat(bodyBytesMax) }) }, 413, "body_too_large", /larger than 1048576 bytes/],
  ["a query key where there are none", { method: "POST", path: "/api/v1/apps?dryRun=true", headers: json, body: '{"name":"x"}' }, 400, "malformed_request", /unknown in the querystring: "dryRun"; expected none/],
  ["an unknown query key", { path: "/api/v1/changes?aap=shop", headers: right }, 400, "malformed_request", /unknown in the querystring: "aap"; expected "app", "state", "standing", "search", "limit", "before"/],
  ["a limit over the limit", { path: "/api/v1/changes?limit=201", headers: right }, 400, "malformed_request", /limit in the querystring/],
  ["an unknown action", { method: "POST", path: "/api/v1/rollouts/shop/explode", headers: json, body: "{}" }, 400, "malformed_request", /"pause"\|"resume"\|"promote"\|"abort"/],
  ["a name no app can have", { path: "/api/v1/apps/..%2F..%2Fetc", headers: right }, 404, "not_found", /there is no app/],
  ["changes of an app there is not", { path: "/api/v1/changes?app=blog", headers: right }, 404, "not_found", /there is no app "blog"/],
  ["an address where nothing is", { path: "/api/v1/nothing", headers: right }, 404, "route_not_found", /GET \/api\/v1\/nothing/],
  ["a malformed path", { path: "/api/v1/apps/%zz", headers: right }, 400, "malformed_request", /path/],
  ["a Last-Event-ID that is no number", { path: `/api/v1/changes/${stoppedId}/events`, headers: { ...right, "last-event-id": "x" } }, 400, "malformed_request", /expected a number/],
  ["a foreign Host header", { path: "/", headers: { host: "evil.example:7420" } }, 421, "host_refused", /evil.example/],
  ["a Host header that only begins well", { path: "/api/v1/apps", headers: { ...right, host: "localhost.evil.example" } }, 421, "host_refused", /./],
];
for (const [claim, request, status, code, detail] of badRequests) {
  test(`bad request: ${claim} is answered with ${status}`, async () => {
    const answer = await ask(request);
    const body = problem.parse(JSON.parse(answer.text));
    assert.deepEqual([answer.status, body.code], [status, code]);
    assert.match(body.detail, detail);
  });
}

const browser = { accept: "text/html,application/xhtml+xml,*/*;q=0.8" };
// oxfmt-ignore
const lost: readonly (readonly [claim: string, path: string, headers: Record<string, string>, isPage: boolean])[] = [
  ["a person at an address where nothing is", "/nonesuch",        browser,                 true],
  ["a person at a page the manual lacks",     "/docs/nonesuch",   browser,                 true],
  ["a program there",                         "/nonesuch",        { accept: "*/*" },       false],
  ["whoever asks the API",                    "/api/v1/nonesuch", { ...browser, ...right }, false],
  ["whoever asks for a file of the console",  "/assets/none.js",  browser,                 false],
];
for (const [claim, path, headers, isPage] of lost) {
  test(`nothing is there: ${claim} gets a ${isPage ? "page" : "problem"}`, async () => {
    const answer = await ask({ path, headers });
    assert.equal(answer.status, 404);
    assert.match(String(answer.headers["content-type"]), isPage ? /^text\/html/ : /problem\+json/);
  });
}

test("a limit at its limit is allowed", async () => {
  assert.equal((await ask({ path: "/api/v1/changes?limit=200", headers: right })).status, 200);
});

for (const host of ["localhost", "localhost:7420", "127.0.0.1:1", "[::1]:7420", "LOCALHOST"]) {
  test(`Host check: ${host} is one of ours`, async () => {
    assert.equal((await ask({ path: "/", headers: { host } })).status, 200);
  });
}

test("bytes that are no HTTP get a problem, and the server goes on", async () => {
  const socket = connect(at.port, "127.0.0.1");
  socket.end("\u0016\u0003\u0001 hello\r\n\r\n");
  let text = "";
  for await (const chunk of socket) text += String(chunk);
  assert.match(text, /^HTTP\/1\.1 400 .*application\/problem\+json.*malformed_request/s);
  assert.equal((await ask({ path: "/" })).status, 200);
});

test("the root page says how to start, runs no script and loads nothing", async () => {
  const page = await ask({ path: "/" });
  assert.match(page.text, /git push tide main/);
  assert.doesNotMatch(page.text, /<script|src=|@import/);
  const hash = /'sha256-[^']+'/.exec(String(page.headers["content-security-policy"]))?.[0];
  assert.ok(hash, "the style's hash is in the policy");
  assert.equal(page.headers["access-control-allow-origin"], undefined);
  assert.equal(page.headers["x-content-type-options"], "nosniff");
});

const openApi = z.object({ paths: z.record(z.string(), z.record(z.string(), z.unknown())) });

test("the OpenAPI document lists every route of the table", async () => {
  const answer = await ask({ path: "/api/v1/openapi.json" });
  const document = openApi.parse(JSON.parse(answer.text));
  const listed = Object.entries(document.paths).flatMap(([path, methods]) =>
    Object.keys(methods).map((method) => `${method.toUpperCase()} ${path}`),
  );
  const expected = keys.map((key) => key.replaceAll(/:(\w+)/g, "{$1}"));
  assert.deepEqual(listed.toSorted(), expected.toSorted());
});

test("what a handler is given is what was asked", async () => {
  const own = shopAt(Date.now());
  const server = await createApi(optionsFor(own));
  const to = await server.listen();
  const send = (method: string, path: string, body: string) =>
    ask({ method, path, headers: json, body, to });
  await send("PATCH", "/api/v1/apps/shop/config", '{"set":{"A":"1"},"unset":["B"]}');
  await send("POST", "/api/v1/apps/shop/rollback", '{"to":11,"reason":"B loses orders"}');
  await send("POST", "/api/v1/rollouts/shop/abort", '{"reason":"looks wrong"}');
  await server.close();
  const actor = { ...machineActor, origin: { address: "127.0.0.1" } };
  assert.deepEqual(own.calls, [
    ["changeConfig", { app: "shop", set: { A: "1" }, unset: ["B"] }, actor],
    ["rollback", { app: "shop", to: 11, reason: "B loses orders" }, actor],
    ["command", { idOrApp: "rol_000000000001", kind: "abort", reason: "looks wrong" }, actor],
  ]);
});

test("the salt of a rollout and the directory of an artifact stay inside", async () => {
  const { text } = await ask({ path: `/api/v1/changes/${stoppedId}`, headers: right });
  assert.doesNotMatch(text, /not-for-everyone|directory/);
});

// oxfmt-ignore
const pages: readonly (readonly [string, readonly number[]])[] = [
  ["",                 [0, 1, 2]],
  ["?after=0",         [1, 2]],
  ["?limit=1",         [0]],
  ["?after=1&limit=9", [2]],
  ["?after=2",         []],
];
for (const [query, expected] of pages) {
  test(`counts: ${query || "without a query"} gives ${expected.length} intervals and the policy`, async () => {
    const { text } = await ask({ path: `/api/v1/rollouts/shop/counts${query}`, headers: right });
    const indices = [...text.matchAll(/"index":(\d+)/g)].map(([, index]) => Number(index));
    assert.deepEqual(indices, expected);
    assert.match(text, /"harmBudgetRequests":/);
    assert.doesNotMatch(text, /salt/);
  });
}

interface Followed {
  readonly ids: readonly number[];
  readonly names: readonly string[];
}

function parseEvents(text: string): Followed {
  const numbers = [...text.matchAll(/^id: (\d+)$/gm)].map(([, id]) => Number(id));
  const names = [...text.matchAll(/^event: (\w+)$/gm)].map(([, name]) => name ?? "");
  return { ids: numbers, names };
}

const eventsPath = `/api/v1/changes/${stoppedId}/events`;

for (const seen of [0, 1, 2]) {
  test(`events: a follower who has seen ${seen} gets the rest, each once, and then the end`, async () => {
    const answer = await ask({
      path: eventsPath,
      headers: { ...right, "last-event-id": String(seen) },
    });
    const { ids, names } = parseEvents(answer.text);
    assert.deepEqual(ids, [1, 2, 3].slice(seen));
    assert.equal(names.at(-1), "end");
    assert.match(answer.text, /"lines":\["feedback: dev.tidegate.delivery.finished"\]/);
  });
}

test("events: a follower cut off in the middle resumes without loss or repeats", async () => {
  const own = shopAt(Date.now());
  const late = own.journal.splice(1);
  const server = await createApi(optionsFor(own));
  const to = await server.listen();
  const request = httpRequest({
    port: to.port,
    path: eventsPath,
    headers: right,
    agent: false,
  }).end();
  const response = await responseOf(request);
  let text = "";
  for await (const chunk of response) {
    text += String(chunk);
    if (text.includes("id: 1\n") && text.endsWith("\n\n")) break;
  }
  request.destroy();
  own.journal.push(...late);
  own.wake();
  const headers = { ...right, "last-event-id": String(parseEvents(text).ids.at(-1)) };
  const rest = await ask({ path: eventsPath, headers, to });
  await server.close();
  assert.deepEqual([...parseEvents(text).ids, ...parseEvents(rest.text).ids], [1, 2, 3]);
});

test("events: closing the server ends a follower who waits, without saying that the change ended", async () => {
  const own = shopAt(Date.now());
  own.journal.splice(1);
  const server = await createApi(optionsFor(own));
  const to = await server.listen();
  const request = httpRequest({
    port: to.port,
    path: eventsPath,
    headers: right,
    agent: false,
  }).end();
  const response = await responseOf(request);
  let text = "";
  let closed: Promise<void> | undefined;
  for await (const chunk of response) {
    text += String(chunk);
    if (text.includes("id: 1\n")) closed ??= server.close();
  }
  await closed;
  assert.doesNotMatch(text, /event: end/);
});

test("events: following a change there is not is a problem, not an empty stream", async () => {
  assert.equal(
    (await ask({ path: "/api/v1/changes/chg_000000000000/events", headers: right })).status,
    404,
  );
});

// oxfmt-ignore
const gitRequests: readonly (readonly [claim: string, ask: Ask, status: number, text: RegExp])[] = [
  ["without a password is challenged", { path: "/git/shop.git/info/refs?service=git-upload-pack" }, 401, /no token/],
  ["with a wrong password is refused", { path: "/git/shop.git/info/refs", headers: basic("wrong") }, 401, /not known/],
  ["with a Bearer token is refused", { path: "/git/shop.git/info/refs", headers: right }, 401, /no token/],
  ["with the token as password is served", { path: "/git/shop.git/info/refs?service=git-upload-pack", headers: basic(shopToken) }, 200, /^packed$/],
  ["for an app there is not says so", { path: "/git/blog.git/info/refs", headers: basic(shopToken) }, 404, /no app "blog"\nnext: tidegate app create blog/],
  ["for a file of the repository finds nothing", { path: "/git/shop.git/config", headers: basic(shopToken) }, 404, /nothing/],
  ["that leaves the repository finds nothing", { path: "/git/shop.git/..%2f..%2fadmin-token", headers: basic(shopToken) }, 404, /nothing/],
  ["without .git finds nothing", { path: "/git/shop/info/refs", headers: basic(shopToken) }, 404, /nothing/],
  ["to push with GET finds nothing", { path: "/git/shop.git/git-receive-pack", headers: basic(shopToken) }, 404, /nothing/],
];
for (const [claim, request, status, text] of gitRequests) {
  test(`git ${claim}`, async () => {
    const answer = await ask(request);
    assert.equal(answer.status, status);
    assert.match(answer.text, text);
    const challenge = status === 401 ? 'Basic realm="tidegate", charset="UTF-8"' : undefined;
    assert.equal(answer.headers["www-authenticate"], challenge);
  });
}

test("git: a pack larger than any JSON body passes through unread, with who pushed it", async () => {
  const body = Buffer.alloc(bodyBytesMax * 3, 7);
  const headers = { ...basic(shopToken), "content-type": "application/x-git-receive-pack-request" };
  const answer = await ask({
    method: "POST",
    path: "/git/shop.git/git-receive-pack",
    headers,
    body,
  });
  assert.equal(answer.status, 200);
  assert.equal(gitBodyBytes, body.length);
  const { app, actor, pathInfo } = gitCalls.at(-1) ?? {};
  assert.deepEqual([app, actor, pathInfo], ["shop", "admin", "/git-receive-pack"]);
});

test("logs: an instance that is no id is said to be so", async () => {
  const answer = await ask({ path: "/api/v1/apps/shop/logs?instance=web.1", headers: right });
  assert.deepEqual([answer.status, changeId.slice(0, 4)], [400, "chg_"]);
});
