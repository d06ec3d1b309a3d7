/** Passkeys and accounts of a provider, in a real browser, over TLS and under a domain: as others come in. */
import assert from "node:assert/strict";
import { createHash, X509Certificate } from "node:crypto";
import { readFile } from "node:fs/promises";
import path from "node:path";
import { after, test } from "node:test";
import type { Browser } from "playwright-core";
import { addAuthenticator } from "./support/authenticator.ts";
import { launchBrowser, noBrowser, Visitor } from "./support/browser.ts";
import { startOpenId } from "./support/open-id.ts";
import { freePort, Tidegate } from "./support/tidegate.ts";

const skip = noBrowser ?? false;
const tide = await Tidegate.start();
const httpsPort = await freePort();
const domain = "dev.localhost";
const password = "correct horse battery staple 77";
const consoleUrl = `https://tidegate.${domain}:${httpsPort}`;
const callbackUrl = `${consoleUrl}/auth/oidc/acme/callback`;
const acme = await startOpenId(callbackUrl);
let browser: Browser | undefined;
after(async () => await browser?.close());

/** A browser that trusts this one certificate, and complains of any other. */
async function trusting(): Promise<Browser> {
  const pem = await readFile(path.join(tide.dataDir, "tls", "self-signed.crt"));
  const key = new X509Certificate(pem).publicKey.export({ type: "spki", format: "der" });
  const digest = createHash("sha256").update(key).digest("base64");
  return await launchBrowser([`--ignore-certificate-errors-spki-list=${digest}`]);
}

async function come(): Promise<Visitor> {
  assert.ok(browser);
  return await Visitor.come(browser, tide, { isStranger: true });
}

test("it is opened to others, with a certificate made here", { skip }, async () => {
  const made = await tide.json("invitation", "create", "ana", "--role", "admin");
  const token = String(made.url).replace(/^.*\/invitations\/(\w+)#/, "$1.");
  const credential = { kind: "password", password };
  const accepted = await fetch(`http://localhost:${tide.port}/api/v1/invitations/accept`, {
    method: "POST",
    headers: { "tidegate-request": "1", "content-type": "application/json" },
    body: JSON.stringify({ token, credential }),
  });
  assert.equal(accepted.status, 201);
  await tide.down();
  const words = `up --detach --port ${tide.port} --edge-port ${tide.edgePort} --domain ${domain} --listen 127.0.0.1 --https-port ${httpsPort} --http-port ${await freePort()}`;
  const opened = await tide.cli(words.split(" "), { timeoutMs: 180_000 });
  assert.equal(opened.code, 0, opened.stderr);
  browser = await trusting();
});

test(
  "an invitation over TLS is accepted with a passkey, which lets in again",
  { skip },
  async () => {
    const made = await tide.json("invitation", "create", "bea", "--role", "viewer");
    assert.ok(made.url.startsWith(`${consoleUrl}/invitations/`), made.url);
    const bea = await come();
    await addAuthenticator(bea.page);
    await bea.page.goto(made.url);
    await bea.reads("Come in with a passkey");
    await bea.page.getByRole("button", { name: "Come in with a passkey" }).click();
    await bea.page.locator(".shell-me", { hasText: "bea" }).waitFor();
    const cookies = await bea.page.context().cookies();
    assert.ok(cookies.length >= 3);
    for (const { name, secure, sameSite } of cookies) {
      assert.match(name, /^__Host-tidegate-/);
      assert.deepEqual([secure, sameSite], [true, "Strict"], name);
    }
    assert.match(String(await bea.page.evaluate("document.cookie")), /^__Host-tidegate-known=1$/);
    await bea.page.goto(`${consoleUrl}/settings/security`);
    await bea.reads("on one device");
    await bea.isAccessible();
    await bea.page.getByRole("button", { name: "Sign out" }).click();
    await bea.page.getByRole("button", { name: "Sign in with a passkey" }).click();
    await bea.page.locator(".shell-me", { hasText: "bea" }).waitFor();
    await bea.page.locator(".live", { hasText: "Live" }).waitFor();
    await bea.leave();
  },
);

test("a changed password ends the passkeys that one did not come in by", { skip }, async () => {
  const made = await tide.json("invitation", "create", "dan", "--role", "viewer");
  const dan = await come();
  const press = async (name: string) => await dan.page.getByRole("button", { name }).click();
  await addAuthenticator(dan.page);
  await dan.page.goto(made.url);
  await press("Come in with a passkey");
  await dan.page.locator(".shell-me", { hasText: "dan" }).waitFor();
  await dan.page.goto(`${consoleUrl}/settings/security`);
  await dan.page.getByLabel("New password").fill(password);
  await press("Set a password");
  await dan.reads("The password is changed; 0 other sessions ended.");
  await press("Sign out");
  await dan.page.getByLabel("Name").fill("dan");
  await dan.page.getByLabel("Password").fill(password);
  await press("Sign in with a password");
  await dan.page.locator(".shell-me", { hasText: "dan" }).waitFor();
  await dan.page.goto(`${consoleUrl}/settings/security`);
  await dan.reads(/Also remove my 1 passkey, which would let in without the password/);
  await dan.isAccessible();
  await dan.photograph("security-passkeys-light-1280");
  await dan.page.getByLabel("Present password").fill(password);
  await dan.page.getByLabel("New password").fill(`${password}!`);
  await press("Change the password");
  await dan.reads("The password is changed; 0 other sessions and 1 passkey ended.");
  await dan.reads("You have none yet. A passkey needs no password.");
  await dan.leave();
});

test("an account of a provider lets in, back to where one was going", { skip }, async () => {
  const { issuer, clientId, clientSecret } = acme;
  const put = await tide.api("POST /api/v1/providers/acme", {
    title: "Acme",
    issuer,
    clientId,
    clientSecret,
    emailDomains: ["example.org"],
    createsUsers: true,
  });
  assert.equal(put.status, 200, JSON.stringify(put.body));
  const cy = await come();
  await cy.page.goto(`${consoleUrl}/platform`);
  await cy.page.getByRole("main").getByRole("link", { name: "Sign in" }).click();
  await cy.page.getByRole("link", { name: "Sign in with Acme" }).click();
  await cy.page.getByRole("button", { name: "Cancel" }).click();
  await cy.page.getByRole("link", { name: "Back to sign-in" }).waitFor();
  await cy.isAccessible();
  await cy.page.goto(`${consoleUrl}/sign-in?return=/platform`);
  await cy.page.getByRole("link", { name: "Sign in with Acme" }).click();
  await cy.page.getByRole("button", { name: "Sign in as cy" }).click();
  await cy.page.locator(".shell-me", { hasText: "cy" }).waitFor();
  assert.equal(new URL(cy.page.url()).pathname, "/platform");
  // Somebody new has no rights yet: what is theirs is there, the rest says what it takes, and from whom.
  await cy.page.getByRole("heading", { name: "Your tokens" }).waitFor();
  await cy.page.goto(consoleUrl);
  await cy.reads(/No app here is yours to see yet/);
  await cy.reads(/ask ana/);
  await cy.isAccessible();
  await cy.photograph("newcomer-light-1280");
  await cy.leave();
});

test("who is in links an account of a provider, which then lets them in", { skip }, async () => {
  const ana = await come();
  await ana.page.goto(`${consoleUrl}/sign-in?return=/settings/security`);
  await ana.page.getByLabel("Name").fill("ana");
  await ana.page.getByLabel("Password").fill(password);
  await ana.page.getByRole("button", { name: "Sign in with a password" }).click();
  await ana.page.getByRole("link", { name: "Link an account of Acme" }).click();
  await ana.page.getByRole("button", { name: "Sign in as ana" }).click();
  await ana.reads("Your account of Acme lets you in from now on.");
  await ana.isAccessible();
  await ana.page.getByRole("button", { name: "Sign out" }).click();
  await ana.page.getByRole("link", { name: "Sign in with Acme" }).click();
  await ana.page.locator(".shell-me", { hasText: "ana" }).waitFor();
  await ana.leave();
});
