/** Signing in over HTTP: cookies and their flags, requests of other sites, and what a session opens. */
import assert from "node:assert/strict";
import { mkdtemp, rm } from "node:fs/promises";
import { request as httpRequest, type IncomingHttpHeaders } from "node:http";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, test } from "node:test";
import { machineActor, type People, type SignIn } from "#domain";
import { routes, type RouteSpec } from "#faces/api/contract";
import { openPeople } from "#ground/people";
import { openSignIn } from "#ground/sign-in";
import { createTestDatabase } from "#ground/storage/testing";
import { pathOf, publicRoutes } from "./asked.testing.ts";
import { createApi, type Api, type Listening } from "./create-api.ts";
import { providerRequestsMax } from "./limits.ts";
import { shopAt, shopToken } from "./shop.testing.ts";
import { realClock, silentLog } from "./surroundings.testing.ts";

const phrase = "correct horse battery staple";
const sshKey = `ssh-ed25519 ${Buffer.concat([
  Buffer.from([0, 0, 0, 11]),
  Buffer.from("ssh-ed25519"),
  Buffer.from([0, 0, 0, 32]),
  Buffer.alloc(32, 7),
]).toString("base64")}`;
const closing = new AsyncDisposableStack();
let api: Api;
let to: Listening;
let people: People;
let signIn: SignIn;

before(async () => {
  const dataDir = await mkdtemp(join(tmpdir(), "tidegate-sign-in-api-"));
  closing.defer(async () => await rm(dataDir, { recursive: true }));
  const database = closing.use(await createTestDatabase());
  const store = closing.use(await database.open());
  const ports = { store, clock: { ...realClock, random: Math.random }, log: silentLog };
  const opened = openPeople(ports);
  people = opened.people;
  // The port is not known yet, and is not looked at but for passkeys and links.
  const origin = "http://localhost:7420";
  signIn = await openSignIn({ ...ports, dataDir, people: opened.newcomers, origin });
  api = await createApi({
    delivery: shopAt(Date.now()),
    people,
    signIn,
    origin,
    git: {
      handle: async (_request, response) => {
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
    version: "0.1.0",
  });
  to = await api.listen();
  closing.defer(async () => await api.close());
});

after(async () => await closing.disposeAsync());

interface Answer {
  readonly status: number;
  readonly headers: IncomingHttpHeaders;
  readonly body: Readonly<Record<string, unknown>>;
  readonly text: string;
}

async function ask(
  method: string,
  path: string,
  {
    headers = {},
    body,
  }: { readonly headers?: Record<string, string>; readonly body?: unknown } = {},
): Promise<Answer> {
  const sent = body === undefined ? undefined : JSON.stringify(body);
  return await new Promise((resolve, reject) => {
    const request = httpRequest({ host: "127.0.0.1", port: to.port, method, path }, (response) => {
      const parts: Buffer[] = [];
      response.on("data", (part: Buffer) => parts.push(part));
      response.on("end", () => {
        const text = Buffer.concat(parts).toString();
        const isJson = /json/.test(response.headers["content-type"] ?? "");
        resolve({
          status: response.statusCode ?? 0,
          headers: response.headers,
          body: isJson ? JSON.parse(text) : {},
          text,
        });
      });
      response.on("error", reject);
    });
    request.on("error", reject);
    request.setHeader("host", `localhost:${to.port}`);
    for (const [name, value] of Object.entries(headers)) request.setHeader(name, value);
    if (sent !== undefined) request.setHeader("content-type", "application/json");
    request.end(sent);
  });
}

const page = { "sec-fetch-site": "same-origin", "tidegate-request": "1" };
const bearer = { authorization: `Bearer ${shopToken}` };

/** The cookies an answer sets, by name, with all that stands behind them. */
function cookiesOf({ headers }: Answer): ReadonlyMap<string, string> {
  const lines = headers["set-cookie"] ?? [];
  return new Map(
    lines.map((line) => [line.slice(0, line.indexOf("=")), line.slice(line.indexOf("=") + 1)]),
  );
}

function cookieFrom(answer: Answer): Record<string, string> {
  const pairs = [...cookiesOf(answer)].map(([name, rest]) => `${name}=${rest.split(";")[0]}`);
  return { cookie: pairs.join("; ") };
}

let users = 0;
/** A new user by an invitation; gives their name and the headers of a page they have open. */
async function signedIn(grants: readonly unknown[] = []) {
  users += 1;
  const name = `user${users}`;
  const made = await ask("POST", "/api/v1/invitations", {
    headers: bearer,
    body: { name, grants },
  });
  assert.equal(made.status, 201, made.text);
  const token = String(made.body["url"]).replace(/^.*\/invitations\/(\w+)#/, "$1.");
  const credential = { kind: "password", password: phrase };
  const accepted = await ask("POST", "/api/v1/invitations/accept", {
    headers: page,
    body: { token, credential },
  });
  assert.equal(accepted.status, 201, accepted.text);
  return { name, headers: { ...page, ...cookieFrom(accepted) }, accepted };
}

test("a sign-in sets cookies that scripts cannot read and other sites do not send", async () => {
  const { accepted, headers } = await signedIn();
  const cookies = cookiesOf(accepted);
  const known = `tidegate-known-${to.port}`;
  const secrets = [`tidegate-device-${to.port}`, `tidegate-session-${to.port}`];
  assert.deepEqual([...cookies.keys()].toSorted(), [...secrets, known].toSorted());
  // That there is a session is all that a script gets to know.
  assert.match(cookies.get(known) ?? "", /^1; Max-Age=\d{5,}; Path=\/; SameSite=Strict$/);
  for (const name of secrets) {
    const cookie = cookies.get(name) ?? "";
    assert.match(cookie, /; Path=\/; HttpOnly; SameSite=Strict$/, name);
    assert.match(cookie, /^[A-Za-z0-9._-]+; Max-Age=\d{5,}/, name);
  }
  const me = await ask("GET", "/api/v1/session", { headers });
  assert.equal(me.status, 200);
  assert.equal(Object(me.body["user"]).hasPassword, true);
  assert(!me.text.includes("tgs_"), "the secret is in the cookie and nowhere else");
});

test("a session opens what a token of the same user would, and its end closes it", async () => {
  const { headers, name, accepted } = await signedIn([{ role: "viewer", scope: "platform" }]);
  assert.equal((await ask("GET", "/api/v1/apps", { headers })).status, 200);
  const forbidden = await ask("POST", "/api/v1/apps", { headers, body: { name: "x" } });
  assert.deepEqual([forbidden.status, forbidden.body["code"]], [403, "forbidden"]);
  const out = await ask("DELETE", "/api/v1/session", { headers });
  assert.deepEqual([out.status, out.body["ended"]], [200, 1]);
  assert.match(cookiesOf(out).get(`tidegate-session-${to.port}`) ?? "", /^; Max-Age=0/);
  const late = await ask("GET", "/api/v1/apps", { headers });
  assert.deepEqual([late.status, late.body["detail"]], [401, "the session has ended"]);
  for (const cookie of ["session", "known"]) {
    assert.match(cookiesOf(late).get(`tidegate-${cookie}-${to.port}`) ?? "", /^; Max-Age=0/);
  }
  const again = await ask("POST", "/api/v1/session/password", {
    headers: page,
    body: { user: name, password: phrase },
  });
  assert.equal(again.status, 201);
  assert.notEqual(cookieFrom(again)["cookie"], cookieFrom(accepted)["cookie"]);
});

test("every change under a session is refused when another site may have caused it", async () => {
  const { headers } = await signedIn([{ role: "admin", scope: "platform" }]);
  const { cookie } = { cookie: "", ...headers } as Record<string, string>;
  const changing = Object.keys(routes).filter((key) => !key.startsWith("GET "));
  assert(changing.length >= 20, "there are routes to try");
  for (const key of changing) {
    const [method = "", path = ""] = key.replaceAll(/:\w+/g, "x").split(" ");
    // oxfmt-ignore
    const foreign: readonly Record<string, string>[] = [
      { cookie: cookie ?? "", "sec-fetch-site": "cross-site", origin: "https://evil.example", "tidegate-request": "1" },
      { cookie: cookie ?? "", "sec-fetch-site": "same-site", origin: "http://shop.localhost:7480", "tidegate-request": "1" },
      { cookie: cookie ?? "", origin: "https://evil.example", "tidegate-request": "1" },
      { cookie: cookie ?? "", "sec-fetch-site": "same-origin" },
    ];
    for (const from of foreign) {
      const answer = await ask(method, path, { headers: from });
      assert.deepEqual([key, answer.status, answer.body["code"]], [key, 403, "cross_site_refused"]);
    }
  }
});

test("reading and following under a session are refused to other sites too", async () => {
  const { headers } = await signedIn([{ role: "admin", scope: "platform" }]);
  const { cookie } = { cookie: "", ...headers } as Record<string, string>;
  const reading = Object.entries<RouteSpec>(routes).filter(
    ([key, { access }]) => key.startsWith("GET ") && access !== "public",
  );
  assert(
    reading.some(([, { kind }]) => kind === "events"),
    "streams are among them",
  );
  for (const [key] of reading) {
    const path = key.replace("GET ", "").replaceAll(/:\w+/g, "x");
    for (const site of ["cross-site", "same-site"]) {
      const answer = await ask("GET", path, {
        headers: { cookie: cookie ?? "", "sec-fetch-site": site },
      });
      assert.deepEqual([key, answer.status, answer.body["code"]], [key, 403, "cross_site_refused"]);
    }
  }
  const typed = await ask("GET", "/api/v1/apps", {
    headers: { cookie: cookie ?? "", "sec-fetch-site": "none" },
  });
  assert.equal(typed.status, 200, "a person may type the address");
});

test("every route that is not for newcomers refuses who is not known", async () => {
  const closed = Object.keys(routes).filter((key) => !publicRoutes.has(key));
  assert(closed.length >= 50, "there are routes to try");
  for (const key of closed) {
    const { method, path } = pathOf(key);
    for (const headers of [
      {},
      page,
      { ...page, cookie: `tidegate-session-${to.port}=tgs_wrong` },
    ]) {
      const { status, body } = await ask(method, path, { headers });
      assert.deepEqual([key, status, body["code"]], [key, 401, "unauthenticated"]);
    }
  }
});

test("no other site signs its visitor in, and a form cannot", async () => {
  const { name } = await signedIn();
  const body = { user: name, password: phrase };
  const foreign = {
    "sec-fetch-site": "cross-site",
    origin: "https://evil.example",
    "tidegate-request": "1",
  };
  const caused = await ask("POST", "/api/v1/session/password", { headers: foreign, body });
  assert.deepEqual([caused.status, caused.headers["set-cookie"]], [403, undefined]);
  const form = await ask("POST", "/api/v1/session/password", {
    headers: { "sec-fetch-site": "same-origin" },
    body,
  });
  assert.deepEqual([form.status, form.body["code"]], [403, "cross_site_refused"]);
});

test("a token needs no header of our own, and beside one a session counts for nothing", async () => {
  const { headers } = await signedIn();
  const foreign = { "sec-fetch-site": "cross-site", origin: "https://evil.example" };
  const byToken = await ask("GET", "/api/v1/apps", { headers: { ...bearer, ...foreign } });
  assert.equal(byToken.status, 200);
  const both = await ask("GET", "/api/v1/session", { headers: { ...headers, ...bearer } });
  assert.equal(both.body["actor"], "admin");
  const wrong = await ask("GET", "/api/v1/session", {
    headers: { ...headers, authorization: "Bearer wrong" },
  });
  assert.equal(wrong.status, 401);
});

test("git takes no session", async () => {
  const { headers } = await signedIn([{ role: "admin", scope: "platform" }]);
  const answer = await ask("GET", "/git/shop.git/info/refs?service=git-upload-pack", { headers });
  assert.equal(answer.status, 401);
  assert.match(answer.headers["www-authenticate"] ?? "", /^Basic/);
});

test("in a browser a way in is made soon after a sign-in only, and with a token at any time", async () => {
  const { headers } = await signedIn([{ role: "admin", scope: "platform" }]);
  const body = { label: "laptop", reach: { kind: "read" }, expiresInMs: 86_400_000 };
  const made = await ask("POST", "/api/v1/tokens", { headers, body });
  assert.equal(made.status, 201, made.text);
  const freshUntilAt = signIn.freshUntilAt.bind(signIn);
  signIn.freshUntilAt = () => undefined;
  try {
    const late = await ask("POST", "/api/v1/tokens", { headers, body });
    assert.deepEqual([late.status, late.body["code"]], [403, "sign_in_again"]);
    assert.match(String(late.body["detail"]), /too long ago to make a token/);
    const key = await ask("POST", "/api/v1/ssh-keys", { headers, body: { publicKey: "any" } });
    assert.deepEqual([key.status, key.body["code"]], [403, "sign_in_again"]);
    const invited = await ask("POST", "/api/v1/invitations", { headers, body: {} });
    assert.deepEqual([invited.status, invited.body["code"]], [403, "sign_in_again"]);
    const byTerminal = await ask("POST", "/api/v1/invitations", { headers: bearer, body: {} });
    assert.equal(byTerminal.status, 201, byTerminal.text);
    const role = "/api/v1/grants/platform/nobody-yet/admin";
    const given = await ask("PUT", role, { headers });
    assert.deepEqual([given.status, given.body["code"]], [403, "sign_in_again"]);
    assert.match(String(given.body["detail"]), /too long ago to give a role/);
    const taken = await ask("DELETE", role, { headers });
    assert.equal(taken.body["code"], "not_found", "taking a role away gives nothing away");
    await ask("POST", "/api/v1/teams", { headers, body: { name: "ops" } });
    const joined = await ask("PUT", "/api/v1/teams/ops/members/nobody-yet", { headers });
    assert.deepEqual([joined.status, joined.body["code"]], [403, "sign_in_again"]);
    const user = await ask("POST", "/api/v1/users", { headers, body: { name: "nobody-yet" } });
    assert.deepEqual([user.status, user.body["code"]], [403, "sign_in_again"]);
    const back = await ask("POST", "/api/v1/users/nobody-yet/enable", { headers });
    assert.deepEqual([back.status, back.body["code"]], [403, "sign_in_again"]);
    const out = await ask("POST", "/api/v1/users/nobody-yet/disable", { headers });
    assert.equal(out.body["code"], "not_found", "nor does keeping somebody out");
    const whose = "/api/v1/apps/shop/team";
    const assigned = await ask("PUT", whose, { headers, body: { team: "ops" } });
    assert.deepEqual([assigned.status, assigned.body["code"]], [403, "sign_in_again"]);
    assert.match(String(assigned.body["detail"]), /too long ago to make an app a team's/);
    const nobodys = await ask("PUT", whose, { headers, body: {} });
    assert.equal(nobodys.status, 200, nobodys.text);
    const provider = { issuer: "https://id.example.org", clientId: "tidegate" };
    const path = "/api/v1/providers/office";
    const trusted = await ask("POST", path, { headers, body: provider });
    assert.deepEqual([trusted.status, trusted.body["code"]], [403, "sign_in_again"]);
    const linked = await ask("GET", "/auth/oidc/office/start?link=yes", {
      headers: { ...headers, "sec-fetch-site": "same-origin" },
    });
    assert.equal(linked.status, 403, linked.text);
    const byToken = await ask("POST", "/api/v1/tokens", { headers: bearer, body });
    assert.equal(byToken.status, 201, "no browser was left open");
  } finally {
    signIn.freshUntilAt = freshUntilAt;
  }
});

test("ending all other sessions ends one's tokens and SSH keys, and can leave them", async () => {
  const { headers, name } = await signedIn([{ role: "viewer", scope: "platform" }]);
  const sent = { label: "laptop", reach: { kind: "read" }, expiresInMs: 86_400_000 };
  await ask("POST", "/api/v1/tokens", { headers, body: sent });
  const key = await ask("POST", "/api/v1/ssh-keys", { headers, body: { publicKey: sshKey } });
  assert.equal(key.status, 201, key.text);
  const body = { user: name, password: phrase };
  await ask("POST", "/api/v1/session/password", { headers: page, body });
  const kept = await ask("DELETE", "/api/v1/sessions?tokens=keep", { headers });
  assert.deepEqual(kept.body, { sessionsEnded: 1, tokensEnded: 0, sshKeysEnded: 0 });
  const ended = await ask("DELETE", "/api/v1/sessions", { headers });
  assert.deepEqual(ended.body, { sessionsEnded: 0, tokensEnded: 1, sshKeysEnded: 1 });
});

test("two cookies of the same name, of which one was slipped in, are none", async () => {
  const { headers } = await signedIn();
  const { cookie = "" } = headers as Record<string, string>;
  const doubled = await ask("GET", "/api/v1/session", {
    headers: { ...page, cookie: `tidegate-session-${to.port}=tgs_forged; ${cookie}` },
  });
  assert.equal(doubled.status, 401);
});

test("what belongs to a browser is not for tokens, and they are told where it is", async () => {
  for (const path of ["/api/v1/sessions", "/api/v1/passkeys"]) {
    const answer = await ask("GET", path, { headers: bearer });
    assert.deepEqual([answer.status, answer.body["code"]], [409, "wrong_state"]);
    assert.match(String(answer.body["next"]), /tidegate open/);
  }
});

test("a link of this machine signs a browser in once, and its secret is behind the #", async () => {
  const made = await ask("POST", "/api/v1/session/links", {
    headers: bearer,
    body: { returnTo: "/apps/shop" },
  });
  const url = new URL(String(made.body["url"]));
  assert.deepEqual(
    [made.status, url.pathname, url.search],
    [201, "/sign-in", "?return=%2Fapps%2Fshop"],
  );
  const link = url.hash.replace("#link=", "");
  const first = await ask("POST", "/api/v1/session/link", { headers: page, body: { link } });
  assert.equal(first.status, 201);
  const headers = { ...page, ...cookieFrom(first) };
  assert.equal((await ask("GET", "/api/v1/invitations", { headers })).status, 200);
  const more = await ask("POST", "/api/v1/session/links", { headers, body: {} });
  assert.equal(more.status, 409, "a browser makes none");
  const replayed = await ask("POST", "/api/v1/session/link", { headers: page, body: { link } });
  assert.deepEqual([replayed.status, replayed.body["code"]], [403, "credential_refused"]);
  assert.match(String(replayed.body["next"]), /tidegate open/);
});

test("wrong passwords are told to wait, with the time in seconds, and names are not told apart", async () => {
  const { name } = await signedIn();
  const answers: Answer[] = [];
  for (let count = 0; count < 6; count += 1) {
    const body = { user: name, password: "wrong wrong wrong" };
    answers.push(await ask("POST", "/api/v1/session/password", { headers: page, body }));
  }
  assert.deepEqual(
    answers.map(({ status }) => status),
    [401, 401, 401, 401, 401, 429],
  );
  assert(Number(answers.at(-1)?.headers["retry-after"]) >= 1);
  const unknown = await ask("POST", "/api/v1/session/password", {
    headers: page,
    body: { user: "nobody-of-this-name", password: "wrong wrong wrong" },
  });
  const told = ({ status, body: { instance: _instance, ...body } }: Answer) => ({ status, body });
  assert.deepEqual(told(unknown), told(answers[0] ?? unknown));
});

test("a disabled user's session ends at once, streams and all", async () => {
  const { name, headers } = await signedIn([{ role: "admin", scope: "platform" }]);
  assert.equal((await ask("GET", "/api/v1/session", { headers })).status, 200);
  const disabled = await people.setUserState(name, "disabled", machineActor);
  assert(disabled.ok);
  assert.equal((await ask("GET", "/api/v1/session", { headers })).status, 401);
});

test("the way out to a provider and back is told as pages, and bounded", async () => {
  const missing = await ask("GET", "/auth/oidc/nobody/start?return=//evil.example");
  assert.deepEqual(
    [missing.status, missing.headers["content-type"]],
    [404, "text/html; charset=utf-8"],
  );
  assert.match(
    String(missing.headers["content-security-policy"]),
    /default-src 'none'.*frame-ancestors 'none'/,
  );
  const link = await ask("GET", "/auth/oidc/nobody/start?link=yes");
  assert.equal(link.status, 401, "linking is for who has signed in");
  const injected = await ask(
    "GET",
    "/auth/oidc/%3Cscript%3E/callback?state=%3Cscript%3Ealert(1)%3C/script%3E",
  );
  assert(!injected.text.includes("<script"), "what was asked for is text");
  let last = missing;
  for (let count = 0; count <= providerRequestsMax; count += 1)
    last = await ask("GET", "/auth/oidc/nobody/callback");
  assert.equal(last.status, 429);
  assert(Number(last.headers["retry-after"]) >= 1);
});

test("every answer carries the headers that keep browsers from doing more than they should", async () => {
  const answers = [
    await ask("GET", "/"),
    await ask("GET", "/problems/sign-in-refused"),
    await ask("GET", "/api/v1/session/ways"),
    await ask("GET", "/api/v1/apps"),
    await ask("GET", "/no/such/thing"),
    await ask("POST", "/api/v1/session/password", { headers: page, body: {} }),
  ];
  for (const { headers } of answers) {
    assert.match(
      String(headers["content-security-policy"]),
      /^default-src 'none'.*frame-ancestors 'none'/,
    );
    assert.equal(headers["referrer-policy"], "no-referrer");
    assert.equal(headers["x-content-type-options"], "nosniff");
    assert.equal(headers["cross-origin-opener-policy"], "same-origin");
    assert.equal(headers["cache-control"], "no-store");
    assert.equal(headers["strict-transport-security"], undefined, "not without TLS");
  }
});
