/**
 * Every role, granted everywhere it can be granted, against every route and every git operation: what is
 * answered is what the table of permissions says, and nothing else.
 */
import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import {
  machineActor,
  nobody,
  parseAppName,
  parseTeamName,
  permissions,
  renderScope,
  roles,
  rolesThatMay,
  wordsOf,
  type Actor,
  type Clock,
  type Permission,
  type Role,
  type Scope,
  type TokenReach,
} from "#domain";
import { routes, type RouteKey, type RouteSpec } from "#faces/api/contract";
import { sure } from "#std/testing";
import { createApi, type Api, type ApiOptions, type Listening } from "./create-api.ts";
import { bodies, pathOf, publicRoutes } from "./asked.testing.ts";
import { crewAt } from "./crew.testing.ts";
import { streamCheckMs } from "./limits.ts";
import { nobodySignsIn } from "./nobody-signs-in.testing.ts";
import { shopAt, stoppedId, type Shop } from "./shop.testing.ts";
import { realClock, silentLog } from "./surroundings.testing.ts";

const actors = new Map<string, Actor>();
/** Real time, but for how long somebody may go on without being looked at again. */
const hurried: Clock = {
  ...realClock,
  sleep: async (ms, signal) => await realClock.sleep(ms === streamCheckMs ? 20 : ms, signal),
};

function optionsFor(delivery: Shop): ApiOptions {
  return {
    delivery,
    people: crewAt(Date.now()),
    git: { handle: async (_request, response) => void response.writeHead(200).end("packed") },
    metrics: {
      identityOf: async () => undefined,
      take: async () => ({ status: 200, contentType: "text/plain", body: new Uint8Array() }),
    },
    authenticate: async (token) => actors.get(token),
    log: silentLog,
    clock: realClock,
    signIn: nobodySignsIn,
    origin: "http://localhost:7420",
    version: "0.1.0",
  };
}

let api: Api;
let at: Listening;
before(async () => {
  api = await createApi(optionsFor(shopAt(Date.now())));
  at = await api.listen();
});
after(async () => api.close());

const shop = sure(parseAppName("shop"));
const blog = sure(parseAppName("blog"));
const crew = sure(parseTeamName("crew"));
const others = sure(parseTeamName("others"));

/** What the answers are about: the shop, its production, or the platform. */
type About = "platform" | "crew" | "shop" | "production";

/** Where a role can be granted, and of what it then holds. The shop is the crew's. */
// oxfmt-ignore
const places: readonly (readonly [scope: Scope, holdsFor: readonly About[]])[] = [
  [{ kind: "platform" },                                           ["platform", "crew", "shop", "production"]],
  [{ kind: "team", team: crew },                                   ["crew", "shop", "production"]],
  [{ kind: "team", team: others },                                 []],
  [{ kind: "app", app: shop },                                     ["shop", "production"]],
  [{ kind: "app", app: blog },                                     []],
  [{ kind: "environment", app: shop, environment: "production" },  ["production"]],
  [{ kind: "environment", app: blog, environment: "production" },  []],
];

interface Operation {
  readonly name: string;
  readonly method: string;
  readonly path: string;
  readonly body?: string;
  readonly isGit?: true;
  /** What it takes, and for what; nothing: to be known is enough. */
  readonly takes?: readonly [Permission, About];
}

const aboutOf = {
  platform: "platform",
  query: "platform",
  app: "shop",
  environment: "production",
  change: "production",
  rollout: "production",
  team: "crew",
  // The one that is asked for below.
  scope: "shop",
} as const;

/** A route as it can be asked; one whose permission depends on a parameter, once for each value. */
function operationsOf([key, spec]: [string, RouteSpec]): readonly Operation[] {
  // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- the table's own key
  const body = bodies[key as RouteKey];
  const asked = { name: key, ...pathOf(key), ...(body === undefined ? {} : { body }) };
  const isOpen = spec.access === "public";
  assert.equal(isOpen, publicRoutes.has(key), `${key} is open to everybody: is that meant?`);
  if (isOpen) return [];
  if (typeof spec.access === "string" || spec.access.on === "each") return [asked];
  const { permission, on } = spec.access;
  const about = aboutOf[on];
  if (typeof permission === "string") return [{ ...asked, takes: [permission, about] }];
  return Object.entries(permission.each).map(([value, one]) => ({
    ...asked,
    name: `${key} (${value})`,
    ...pathOf(key, { [permission.by]: value }),
    takes: [one, about],
  }));
}

const git = (path: string, method: "GET" | "POST", permission: Permission): Operation => ({
  name: `git ${method} ${path}`,
  method,
  path: `/git/shop.git/${path}`,
  isGit: true,
  takes: [permission, "shop"],
});

const operations: readonly Operation[] = [
  ...Object.entries<RouteSpec>(routes).flatMap(operationsOf),
  git("info/refs?service=git-upload-pack", "GET", "source.read"),
  git("info/refs", "GET", "source.read"),
  git("git-upload-pack", "POST", "source.read"),
  git("info/refs?service=git-receive-pack", "GET", "source.push"),
  git("git-receive-pack", "POST", "source.push"),
];

async function statusOf(operation: Operation, token: string): Promise<number> {
  const { method, path, body, isGit } = operation;
  const credentials = `anybody:${token}`;
  const response = await fetch(`${at.url}${path}`, {
    method,
    headers: {
      authorization:
        isGit === true ? `Basic ${Buffer.from(credentials).toString("base64")}` : `Bearer ${token}`,
      ...(body === undefined ? {} : { "content-type": "application/json" }),
    },
    ...(body === undefined ? {} : { body }),
  });
  // Some go on for ever.
  await response.body?.cancel();
  return response.status;
}

type Answer = "allowed" | "forbidden" | "hidden";

function answerOf(status: number): Answer | number {
  if (status === 403) return "forbidden";
  if (status === 404) return "hidden";
  // Whatever the shop made of it: it was asked.
  return [200, 201, 400, 409].includes(status) ? "allowed" : status;
}

/** Read off the table, by hand: what one role, which holds for these, is answered. */
function expectedOf({ takes }: Operation, role: Role, holdsFor: readonly About[]): Answer {
  if (takes === undefined) return "allowed";
  const [permission, about] = takes;
  // Who may see something in production may see the shop.
  const seesShop = holdsFor.includes("production") && rolesThatMay("app.read").includes(role);
  if (about === "crew" && !holdsFor.includes("crew")) return "hidden";
  if ((about === "shop" || about === "production") && !seesShop) return "hidden";
  const holds = holdsFor.includes(about) || (about === "shop" && permission === "app.read");
  return holds && rolesThatMay(permission).includes(role) ? "allowed" : "forbidden";
}

for (const role of roles) {
  for (const [scope, holdsFor] of places) {
    const where = renderScope(scope);
    test(`access: ${role} on ${where} may do what the table says, everywhere`, async () => {
      const token = `${role}-${where}`;
      actors.set(token, { name: "ana", grants: [{ role, scope }] });
      for (const operation of operations) {
        const answer = answerOf(await statusOf(operation, token));
        assert.equal(answer, expectedOf(operation, role, holdsFor), operation.name);
      }
    });
  }
}

test("access: who was granted nothing sees nothing of an app, and may do nothing to the platform", async () => {
  actors.set("newcomer", { ...nobody, name: "ana" });
  for (const operation of operations) {
    const answer = answerOf(await statusOf(operation, "newcomer"));
    const expected = operation.takes?.[1] === "platform" ? "forbidden" : "hidden";
    assert.equal(answer, operation.takes === undefined ? "allowed" : expected, operation.name);
  }
});

const reaches: readonly (readonly [TokenReach, readonly Permission[]])[] = [
  [{ kind: "all" }, roles.flatMap(() => operations.flatMap(({ takes }) => takes?.[0] ?? []))],
  [{ kind: "read" }, ["app.read", "source.read", "team.read", "platform.read"]],
  [{ kind: "push", app: shop }, ["source.push"]],
];
for (const [reach, within] of reaches) {
  test(`access: an admin's token that reaches "${reach.kind}" does that and no more`, async () => {
    const token = `token-${reach.kind}`;
    actors.set(token, { ...machineActor, reach });
    for (const operation of operations) {
      if (operation.takes === undefined) continue;
      const [permission, about] = operation.takes;
      const refused = reach.kind === "push" && about === "crew" ? "hidden" : "forbidden";
      const expected = within.includes(permission) ? "allowed" : refused;
      assert.equal(answerOf(await statusOf(operation, token)), expected, operation.name);
    }
  });
}

test("access: a token that pushes to another app sees nothing of the shop, whoever's it is", async () => {
  actors.set("elsewhere", { ...machineActor, reach: { kind: "push", app: blog } });
  for (const operation of operations.filter(({ takes }) => takes !== undefined)) {
    const expected = operation.takes?.[1] === "platform" ? "forbidden" : "hidden";
    assert.equal(answerOf(await statusOf(operation, "elsewhere")), expected, operation.name);
  }
});

/** What is answered, but for the request's own id. */
async function told(path: string, token: string): Promise<string> {
  const headers = { authorization: `Bearer ${token}` };
  return (await (await fetch(`${at.url}${path}`, { headers })).text()).replace(/req_\w+/, "");
}

const lists = ["/api/v1/apps", "/api/v1/changes"];
for (const path of lists) {
  test(`access: ${path} lists what may be seen, and is empty for others`, async () => {
    actors.set("insider", {
      name: "ana",
      grants: [{ role: "viewer", scope: { kind: "app", app: shop } }],
    });
    actors.set("outsider", {
      name: "bo",
      grants: [{ role: "admin", scope: { kind: "app", app: blog } }],
    });
    actors.set("pusher", { ...machineActor, reach: { kind: "push", app: shop } });
    assert.match(await told(path, "insider"), /shop/);
    assert.doesNotMatch(await told(path, "outsider"), /shop/);
    assert.doesNotMatch(await told(path, "pusher"), /shop/, "a token that pushes reads nothing");
  });
}

test("access: what is hidden is answered word for word like what is not there", async () => {
  actors.set("outsider", { name: "bo", grants: [] });
  actors.set("machine", machineActor);
  const hidden = (await told("/api/v1/apps/shop", "outsider")).replaceAll("shop", "none");
  assert.equal(hidden, await told("/api/v1/apps/none", "machine"));
});

test("access: who loses a right while they follow something is let go, and told why when they come back", async () => {
  const own = shopAt(Date.now());
  own.journal.splice(1);
  const server = await createApi({ ...optionsFor(own), clock: hurried });
  const to = await server.listen();
  actors.set("follower", {
    name: "ana",
    grants: [{ role: "viewer", scope: { kind: "platform" } }],
  });
  const headers = { authorization: "Bearer follower" };
  const path = `${to.url}/api/v1/changes/${stoppedId}/events`;
  const response = await fetch(path, { headers });
  assert.equal(response.status, 200);
  assert.ok(response.body !== null);
  let text = "";
  for await (const piece of response.body.pipeThrough(new TextDecoderStream())) {
    text += piece;
    if (text.includes("id: 1")) actors.set("follower", { name: "ana", grants: [] });
  }
  assert.doesNotMatch(text, /event: end/, "it was cut off, not over");
  assert.equal((await fetch(path, { headers })).status, 404);
  await server.close();
});

test("access: who follows everything is told of what they may see, from then on when it is more", async () => {
  const own = shopAt(Date.now());
  const server = await createApi({ ...optionsFor(own), clock: hurried });
  const to = await server.listen();
  const nothing: Actor = { name: "bo", grants: [] };
  actors.set("narrow", nothing);
  const headers = { authorization: "Bearer narrow" };
  const response = await fetch(`${to.url}/api/v1/events?after=0`, { headers });
  assert.ok(response.body !== null);
  let text = "";
  for await (const piece of response.body.pipeThrough(new TextDecoderStream())) {
    text += piece;
    if (text.includes("event: entry")) break;
    if (!text.includes("event: place") || actors.get("narrow") !== nothing) continue;
    assert.doesNotMatch(text, /event: entry/, "what was there before is not theirs");
    actors.set("narrow", {
      name: "bo",
      grants: [{ role: "viewer", scope: { kind: "app", app: shop } }],
    });
    const [first] = own.journal;
    assert.ok(first !== undefined);
    own.journal.push({ ...first, seq: own.journal.length + 1 });
    // Whoever looks again sees what comes after that.
    await realClock.sleep(200, new AbortController().signal);
    own.journal.push({ ...first, seq: own.journal.length + 1 });
    own.wake();
  }
  assert.match(text, /event: entry/);
  await server.close();
});

/** What the answer about rights says of the actor, for each permission. */
async function rightsSaid(query: string, token: string) {
  const response = await fetch(`${at.url}/api/v1/rights${query}`, {
    headers: { authorization: `Bearer ${token}` },
  });
  const body: unknown = await response.json();
  return { status: response.status, body };
}

test("access: what one may do is told beforehand as it is decided when it is tried", async () => {
  for (const role of roles) {
    const scope: Scope = { kind: "app", app: shop };
    actors.set("asks", { name: "bo", grants: [{ role, scope }] });
    const { status, body } = await rightsSaid("?app=shop", "asks");
    assert.equal(status, 200);
    const may = permissions.filter((permission) => rolesThatMay(permission).includes(role));
    const lacking = permissions.filter((permission) => !may.includes(permission));
    assert.deepEqual(body, {
      on: "app:shop",
      may,
      mayNot: lacking.map((permission) => ({
        permission,
        words: wordsOf(permission),
        roles: rolesThatMay(permission),
      })),
      grantors: ["ana"],
    });
  }
});

test("access: who has a role in one environment is told that it is none on the app around it", async () => {
  const scope: Scope = { kind: "environment", app: shop, environment: "production" };
  actors.set("asks", { name: "bo", grants: [{ role: "admin", scope }] });
  const { body } = await rightsSaid("?app=shop", "asks");
  const may = permissions.filter((each) => rolesThatMay(each).includes("admin"));
  const lacking = ["source.push", "app.delete"];
  assert.deepEqual(
    get(body, "may"),
    may.filter((each) => !lacking.includes(each)),
  );
  const headers = { authorization: "Bearer asks" };
  const tried = await fetch(`${at.url}/api/v1/apps/shop`, { method: "DELETE", headers });
  assert.equal(tried.status, 403);
});

test("access: rights on an app are none on the platform, and of an app unseen nothing is told", async () => {
  actors.set("asks", {
    name: "bo",
    grants: [{ role: "admin", scope: { kind: "app", app: shop } }],
  });
  const { body } = await rightsSaid("", "asks");
  assert.deepEqual([get(body, "on"), get(body, "may")], ["platform", []]);
  actors.set("other", {
    name: "cy",
    grants: [{ role: "admin", scope: { kind: "app", app: blog } }],
  });
  const hidden = await rightsSaid("?app=shop", "other");
  const absent = await rightsSaid("?app=nonesuch", "other");
  assert.deepEqual([hidden.status, absent.status], [404, 404]);
});

function get(body: unknown, name: string): unknown {
  return Reflect.get(Object(body), name);
}
