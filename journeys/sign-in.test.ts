/** Signing in as a person does: a browser with an authenticator, an invitation's link, and a link of this machine. */
import assert from "node:assert/strict";
import { test } from "node:test";
import type { Browser, BrowserContext, Page } from "playwright-core";
import { addAuthenticator } from "./support/authenticator.ts";
import { noBrowser, startBrowser } from "./support/browser.ts";
import { type Json, Tidegate } from "./support/tidegate.ts";

const skip = noBrowser ?? false;
const phrase = "correct horse battery staple";
const tide = await Tidegate.start();
const origin = `http://localhost:${tide.port}`;

const browser = noBrowser === undefined ? await startBrowser() : undefined;

interface Visitor {
  readonly context: BrowserContext;
  readonly page: Page;
}

/** A window of its own with a passkey authenticator built in. */
async function visitor(at = origin): Promise<Visitor> {
  // What the page itself may ask is held to its policy; the test asks in its name.
  const context = await must(browser).newContext({ bypassCSP: true });
  const page = await context.newPage();
  await page.goto(`${at}/`);
  await addAuthenticator(page);
  return { context, page };
}

function must(found: Browser | undefined): Browser {
  assert.ok(found, noBrowser);
  return found;
}

/** Asks the API from within the page, as the console does. */
async function ask(
  page: Page,
  route: string,
  body?: object,
): Promise<{ status: number; body: Json }> {
  const [method = "GET", address = ""] = route.split(" ");
  return await page.evaluate(
    async ({ method: verb, address: path, body: sent }) => {
      const answer = await fetch(path, {
        method: verb,
        headers: {
          "tidegate-request": "1",
          ...(sent === undefined ? {} : { "content-type": "application/json" }),
        },
        ...(sent === undefined ? {} : { body: JSON.stringify(sent) }),
      });
      return { status: answer.status, body: await answer.json() };
    },
    { method, address, body },
  );
}

/** Lets the browser make a passkey, or use one, from what the API gave. */
async function ceremony(page: Page, kind: "create" | "get", publicKey: Json): Promise<Json> {
  return await page.evaluate(
    async ({ kind: which, publicKey: options }) => {
      const view: Json = globalThis;
      const from = view.PublicKeyCredential;
      const credential: Json =
        which === "create"
          ? await view.navigator.credentials.create({
              publicKey: from.parseCreationOptionsFromJSON(options),
            })
          : await view.navigator.credentials.get({
              publicKey: from.parseRequestOptionsFromJSON(options),
            });
      return credential.toJSON();
    },
    { kind, publicKey },
  );
}

async function invitation(...words: readonly string[]): Promise<string> {
  const made = await tide.json("invitation", "create", ...words);
  const [, id, secret] = /\/invitations\/(\w+)#(\S+)$/.exec(made.url) ?? [];
  assert.ok(id !== undefined && secret !== undefined, made.url);
  return `${id}.${secret}`;
}

async function withPasskey({ page }: Visitor): Promise<{ status: number; body: Json }> {
  const options = await ask(page, "POST /api/v1/session/passkey/options", {});
  assert.equal(options.status, 200, JSON.stringify(options.body));
  const passkey = await ceremony(page, "get", options.body.publicKey);
  return await ask(page, "POST /api/v1/session/passkey", { passkey });
}

test(
  "the first administrator comes in by a link of the terminal and a passkey, and stays known",
  { skip },
  async () => {
    const ana = await visitor();
    const { page, context } = ana;
    assert.equal((await ask(page, "GET /api/v1/session/ways")).body.hasUsers, false);
    assert.equal((await ask(page, "GET /api/v1/session")).status, 401);
    const token = await invitation("ana", "--role", "admin");
    const options = await ask(page, "POST /api/v1/invitations/passkey-options", { token });
    assert.equal(options.status, 200, JSON.stringify(options.body));
    const passkey = await ceremony(page, "create", options.body.publicKey);
    const credential = { kind: "passkey", label: "this laptop", passkey };
    const accepted = await ask(page, "POST /api/v1/invitations/accept", { token, credential });
    assert.equal(accepted.status, 201, JSON.stringify(accepted.body));
    assert.equal(accepted.body.user.name, "ana");

    const cookies = await context.cookies();
    const session = cookies.find(({ name }) => name === `tidegate-session-${tide.port}`);
    assert.deepEqual([session?.httpOnly, session?.sameSite], [true, "Strict"]);
    const readable = String(await page.evaluate("document.cookie"));
    assert.match(
      readable,
      /^tidegate-known-\d+=1$/,
      "that there is a session is all a script reads",
    );
    await page.reload();
    assert.equal((await ask(page, "GET /api/v1/session")).body.user.name, "ana");

    assert.equal((await ask(page, "DELETE /api/v1/session")).body.ended, 1);
    assert.equal((await ask(page, "GET /api/v1/session")).status, 401);
    const again = await withPasskey(ana);
    assert.equal(again.status, 201, JSON.stringify(again.body));
    assert.equal(again.body.session.way, "passkey");
    const [listed] = (await ask(page, "GET /api/v1/passkeys")).body.passkeys;
    assert.deepEqual([listed.label, typeof listed.lastUsedAt], ["this laptop", "number"]);
    const last = await ask(page, `DELETE /api/v1/passkeys/${listed.id}`);
    assert.deepEqual([last.status, last.body.code], [409, "wrong_state"], "not the only way in");
    await context.close();
  },
);

test(
  "a page of an app, and of another port, gets nothing by the visitor's session",
  { skip },
  async () => {
    const bo = await visitor();
    const { page, context } = bo;
    const token = await invitation("bo", "--role", "admin");
    const credential = { kind: "password", password: phrase };
    assert.equal(
      (await ask(page, "POST /api/v1/invitations/accept", { token, credential })).status,
      201,
    );
    assert.equal((await ask(page, "GET /api/v1/apps")).status, 200, "their own page gets it");
    const evil = await context.newPage();
    await evil.route("http://localhost:1/**", async (route) => {
      await route.fulfill({ contentType: "text/html", body: "<h1>evil</h1>" });
    });
    await evil.goto("http://localhost:1/");
    const got = await evil.evaluate(async (target) => {
      const tries = [
        fetch(`${target}/api/v1/apps`, { credentials: "include" }),
        fetch(`${target}/api/v1/apps`, {
          method: "POST",
          credentials: "include",
          headers: { "tidegate-request": "1", "content-type": "application/json" },
          body: '{"name":"evil"}',
        }),
        fetch(`${target}/api/v1/session`, { method: "DELETE", credentials: "include" }),
      ];
      const outcomes = await Promise.allSettled(tries);
      return outcomes.map(({ status }) => status);
    }, origin);
    assert.deepEqual(got, ["rejected", "rejected", "rejected"]);
    // A form needs nobody's leave to be sent, and is refused when it arrives.
    await evil.evaluate((target) => {
      const view: Json = globalThis;
      view.document.body.innerHTML = `<form method="post" enctype="text/plain" action="${target}/api/v1/apps"><input name='{"name":"evil","x":"' value='"}'></form>`;
      view.document.querySelector("form").submit();
    }, origin);
    await evil.waitForURL(`${origin}/**`);
    assert.match((await evil.textContent("body")) ?? "", /cross_site_refused|unauthenticated/);
    assert.equal((await tide.json("app", "list")).apps.length, 0);
    assert.equal((await ask(page, "GET /api/v1/session")).body.user.name, "bo");
    await context.close();
  },
);

test("a passkey is bound to the name it was made for", { skip }, async () => {
  const stranger = await visitor(`http://127.0.0.1:${tide.port}`);
  const ways = await ask(stranger.page, "GET /api/v1/session/ways");
  assert.deepEqual([ways.body.hasPasskeys, ways.body.passkeysAt], [false, origin]);
  const options = await ask(stranger.page, "POST /api/v1/session/passkey/options", {});
  await assert.rejects(
    ceremony(stranger.page, "get", options.body.publicKey),
    /SecurityError|invalid domain/,
  );
  await stranger.context.close();
});

test("a link of this machine signs a browser in, once", { skip }, async () => {
  const { page, context } = await visitor();
  const made = await tide.api("POST /api/v1/session/links", { returnTo: "/" });
  const link = new URL(made.body.url).hash.replace("#link=", "");
  const came = await ask(page, "POST /api/v1/session/link", { link });
  assert.deepEqual(
    [came.status, came.body.actor, came.body.session?.way],
    [201, "admin", "machine"],
  );
  assert.equal((await ask(page, "GET /api/v1/invitations")).status, 200);
  const replayed = await ask(page, "POST /api/v1/session/link", { link });
  assert.deepEqual([replayed.status, replayed.body.code], [403, "credential_refused"]);
  await context.close();
});

test("what the journal tells of all this is chained, and names nobody's secret", async () => {
  const entries: Json[] = (await tide.api("GET /api/v1/journal?limit=500")).body.entries;
  const types = new Set(entries.map(({ type }) => type));
  if (skip === false) assert.ok(types.has("dev.tidegate.session.started"), [...types].join(", "));
  const text = JSON.stringify(entries);
  assert.doesNotMatch(text, /tgs_|tgl_|\$argon2id|correct horse/);
  const verified = await tide.api("GET /api/v1/journal/verification");
  assert.equal(verified.body.brokenAt, undefined);
});
