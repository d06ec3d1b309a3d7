/** People at the console: how they come in, what they may do there, and how they leave. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { lookAt, noBrowser, startBrowser, Visitor } from "./support/browser.ts";
import { Tidegate } from "./support/tidegate.ts";
import { answering, nodeApp } from "./support/tree.ts";

const skip = noBrowser ?? false;
const tide = await Tidegate.start();
const browser = noBrowser === undefined ? await startBrowser() : undefined;
const password = "correct horse battery";
const slow = "rollout:\n  strategy: steps\n  steps:\n    - { weight: 10%, for: 10m }\n";
let change = "";

test("a rollout is under way", async () => {
  const author = await tide.deliverApp("shop", nodeApp(answering("one")));
  await author.commit("Say two", nodeApp(answering("two"), { "tidegate.yaml": slow }));
  await author.push();
  change = (await tide.change("shop")).id;
});

test("a link of the terminal signs a browser in, once", { skip }, async () => {
  const { body } = await tide.api("POST /api/v1/session/links", { returnTo: "/changes" });
  const first = await Visitor.come(must(browser), tide, { isStranger: true });
  await first.page.goto(body.url);
  await first.reads("Say two");
  assert.equal(new URL(first.page.url()).pathname, "/changes");
  assert.doesNotMatch(first.page.url(), /link=/);
  await first.leave();
  const second = await Visitor.come(must(browser), tide, { isStranger: true });
  await second.page.goto(body.url);
  await second.page.getByRole("alert").waitFor();
  await second.isAccessible();
  await second.leave();
});

test(
  "who is invited chooses a way in, sees what they may, and is told what they may not",
  { skip },
  async () => {
    const grants = [{ role: "viewer", scope: "app:shop" }];
    const made = await tide.api("POST /api/v1/invitations", { name: "vera", grants });
    assert.equal(made.status, 201, JSON.stringify(made.body));
    const vera = await Visitor.come(must(browser), tide, { isStranger: true });
    await vera.page.goto(made.body.url.replace("127.0.0.1", "localhost"));
    await vera.reads(/invites you to this Tidegate/);
    await vera.fits();
    await vera.isAccessible();
    await vera.photograph("invitation-light-1280");
    await vera.page.getByLabel(/Or with a password/).fill(password);
    await vera.page.getByRole("button", { name: "Come in with a password" }).click();
    await vera.page.locator(".shell-me", { hasText: "vera" }).waitFor();
    await vera.open(`/changes/${change}`);
    const abort = vera.page.getByRole("button", { name: "Abort" });
    await vera.page.locator('button[aria-disabled="true"]', { hasText: "Abort" }).waitFor();
    assert.match(
      (await abort.getAttribute("title")) ?? "",
      /you need the role developer on shop to pause or abort a rollout; ask/,
    );
    await abort.click({ force: true });
    await vera.page.keyboard.press("x");
    assert.equal(await vera.page.getByRole("dialog").count(), 0);
    await vera.isAccessible();
    await vera.reads("You need the role developer on shop to pause or abort a rollout.");
    await vera.photograph("change-viewer-light-1280");
    await vera.open("/apps/shop?view=configuration");
    await vera.reads(/You need the role developer on shop to read configuration; ask/);
    await vera.isAccessible();
    await vera.open("/apps/shop?view=logs");
    await vera.reads(/You need the role developer on shop to read an app's logs/);
    await vera.photograph("app-viewer-light-1280");
    await vera.open("/platform");
    await vera.page.getByRole("heading", { name: "Your tokens" }).waitFor();
    await vera.isAccessible();
    await vera.photograph("platform-viewer-light-1280");
    await vera.page.getByLabel("What is it for").fill("wallboard");
    await vera.page.getByRole("button", { name: "Make it" }).click();
    await vera.reads("Keep it now. It is shown once.");
    await vera.page.getByRole("button", { name: "End wallboard" }).click();
    await vera.reads(/is refused from then on\. It was never used/);
    await vera.isAccessible();
    await vera.photograph("token-end-light-1280");
    await vera.page.getByRole("button", { name: "End it" }).click();
    await vera.page.getByText("Keep it now. It is shown once.").waitFor({ state: "detached" });
    await vera.page.keyboard.press("Control+k");
    await vera.page.getByRole("combobox", { name: /Search apps/ }).fill("invite");
    await vera.page
      .getByRole("option", { name: /^Invite somebody ?, takes another role/ })
      .waitFor();
    await vera.isAccessible();
    await vera.photograph("palette-viewer-light-1280");
    await vera.page.keyboard.press("Escape");
    await vera.open("/platform?view=machine");
    await vera.reads(/You need the role viewer on the platform to see the state of the platform/);
    await vera.open("/settings/security");
    await vera.reads("this one");
    const sshKey = vera.page.getByLabel(/^Public key/);
    await sshKey.fill("ssh-rsa AAAAB3NzaC1yc2E=");
    await vera.page.getByRole("button", { name: "Add the SSH key" }).click();
    await vera.reads(/expected a whole key/);
    await sshKey.fill(
      "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIAABAgMEBQYHCAkKCwwNDg8QERITFBUWFxgZGhscHR4f vera@laptop",
    );
    await vera.page.getByRole("button", { name: "Add the SSH key" }).click();
    await vera.reads("SHA256:ZkAslGjFiUHdGf/WUL8rQvkib4PTvQatUV0OUQSncCA");
    await vera.reads(/never used/);
    await vera.fits();
    await vera.isAccessible();
    await vera.photograph("security-own-light-1280");
    await vera.page.getByRole("button", { name: "Remove the SSH key vera@laptop" }).click();
    await vera.reads("git push needs no password");
    await vera.page.getByRole("button", { name: "Sign out" }).click();
    await vera.page.getByRole("heading", { name: "Sign in" }).waitFor();
    await vera.open("/changes");
    await vera.reads("You are not signed in");
    await vera.leave();
  },
);

test(
  "who has no right to go back sees the way back, and why it is not theirs",
  { skip },
  async () => {
    const { body } = await tide.api("POST /api/v1/invitations", {
      name: "dev",
      grants: [{ role: "developer", scope: "app:shop" }],
    });
    const dev = await Visitor.come(must(browser), tide, { isStranger: true, width: 360 });
    await dev.page.goto(body.url.replace("127.0.0.1", "localhost"));
    await dev.page.getByLabel(/Or with a password/).fill(password);
    await dev.page.getByRole("button", { name: "Come in with a password" }).click();
    await dev.page.locator(".shell-me", { hasText: "dev" }).waitFor();
    await dev.open("/apps/shop");
    await dev.reads(
      /You need the role operator on shop to put everybody back to an earlier release/,
    );
    await dev.fits();
    await dev.isAccessible();
    await dev.photograph("app-developer-light-360");
    await dev.page.clock.install();
    await dev.open("/apps/shop?view=configuration");
    const why = /You need the role operator on shop to change configuration/;
    await dev.reads(why);
    // What they are given reaches the page that is open.
    await tide.api("PUT /api/v1/grants/app:shop/dev/operator");
    await dev.page.clock.fastForward(31_000);
    await dev.page.getByText(why).waitFor({ state: "detached" });
    await tide.api("DELETE /api/v1/grants/app:shop/dev/operator");
    await dev.page.clock.fastForward(31_000);
    await dev.reads(why);
    // From here on the browser itself tells of refusals.
    assert.deepEqual(dev.complaints, []);
    await tide.api("POST /api/v1/users/dev/disable");
    await dev.page.getByRole("link", { name: "Sign in" }).waitFor();
    assert.equal(await dev.page.locator(".shell-me").count(), 0);
    await tide.api("POST /api/v1/users/dev/enable");
    await dev.page.close();
    const late = await Visitor.come(must(browser), tide, { isStranger: true });
    await late.page.goto(body.url.replace("127.0.0.1", "localhost"));
    await late.reads("This invitation has been accepted already.");
    await late.isAccessible();
    await late.leave();
  },
);

test(
  "a password lets in, a wrong one does not, and where one was going is not forgotten",
  { skip },
  async () => {
    const vera = await Visitor.come(must(browser), tide, { isStranger: true });
    await vera.open(`/changes/${change}`);
    await vera.page.getByRole("main").getByRole("link", { name: "Sign in" }).click();
    await vera.page.getByLabel("Name").fill("vera");
    await vera.page.getByLabel("Password").fill("not the right one");
    await vera.page.getByRole("button", { name: /with a password/ }).click();
    await vera.page.getByRole("alert").waitFor();
    await vera.isAccessible();
    await vera.page.getByLabel("Password").fill(password);
    await vera.page.getByRole("button", { name: /with a password/ }).click();
    await vera.page.getByRole("heading", { level: 1, name: "Say two" }).waitFor();
    await vera.leave();
  },
);

test(
  "a sign-in that is too long ago is said before a form is filled, and leads back to it",
  { skip },
  async () => {
    const vera = await Visitor.come(must(browser), tide, { isStranger: true });
    const { page } = vera;
    await vera.open("/sign-in");
    await signIn(page, "vera");
    await signedInLongAgo(page);
    await vera.open("/platform?view=tokens");
    await vera.reads("Sign in again to make a token");
    assert.ok(await page.getByLabel("What is it for").isDisabled());
    await vera.isAccessible();
    await vera.photograph("token-too-late-light-1280");
    await vera.open("/settings/security");
    await vera.reads("Sign in again to add an SSH key");
    await vera.reads("Sign in again to add or remove a passkey");
    assert.ok(await page.getByLabel(/^Public key/).isDisabled());
    // An answer that is being changed is waited for.
    await page.unrouteAll({ behavior: "wait" });
    await page.getByRole("link", { name: "Sign in again" }).first().click();
    await signIn(page, "vera");
    await page.waitForURL(/\/settings\/security$/);
    await page.getByRole("button", { name: "Add the SSH key" }).waitFor();
    assert.ok(await page.getByLabel(/^Public key/).isEnabled());
    assert.equal(await page.getByText("Sign in again to").count(), 0);
    await vera.leave();
  },
);

test(
  "an admin gives and takes roles on what there is, and takes an open invitation back",
  { skip },
  async () => {
    const ana = await Visitor.come(must(browser), tide);
    const { page } = ana;
    await ana.open("/platform?view=people");
    await page.getByRole("button", { name: "Change the roles of vera" }).click();
    const dialog = page.getByRole("dialog", { name: "Roles of vera" });
    await dialog.getByText("viewer on shop").waitFor();
    await dialog.getByLabel(/^Role/).selectOption("operator");
    await dialog.locator(".input-place").selectOption("production of shop");
    await dialog.getByRole("button", { name: "Give" }).click();
    await dialog.getByText("operator on production of shop").waitFor();
    await ana.isAccessible();
    await ana.photograph("roles-light-1280");
    await dialog.getByRole("button", { name: "Take away viewer on shop" }).click();
    await ana.reads(/ends at once, also in sessions/);
    await ana.isAccessible();
    await page.getByRole("button", { name: "Take it away" }).click();
    await dialog.getByText("viewer on shop").waitFor({ state: "detached" });
    await dialog.getByRole("button", { name: "Done" }).click();
    const { body } = await tide.api("GET /api/v1/users/vera");
    assert.deepEqual(body.grants, [{ role: "operator", on: "app:shop/production" }]);

    const invite = page.locator("#invite");
    await invite.getByLabel(/^Name/).fill("cleo");
    await invite.locator(".input-place").selectOption("shop");
    await invite.getByRole("button", { name: "Make the link" }).click();
    const row = page.locator("#invitations tr", { hasText: "cleo" });
    await row.getByText("viewer on shop").waitFor();
    const link = await invite.locator(".command code").innerText();
    await row.getByRole("button", { name: "Take back the invitation for cleo" }).click();
    await ana.reads(/is let in no more/);
    await page.getByRole("button", { name: "Take it back" }).click();
    await row.waitFor({ state: "detached" });
    await invite.locator(".command code").waitFor({ state: "detached" });
    await ana.leave();
    const cleo = await Visitor.come(must(browser), tide, { isStranger: true });
    await cleo.page.goto(link.replace("127.0.0.1", "localhost"));
    await cleo.reads(/This invitation/);
    assert.equal(await cleo.page.getByLabel(/Or with a password/).count(), 0);
    await cleo.leave();
  },
);

test(
  "an admin makes a team, puts somebody in and out, gives it a role and deletes it",
  { skip },
  async () => {
    const ana = await Visitor.come(must(browser), tide);
    const { page } = ana;
    await ana.open("/platform?view=people");
    const teams = page.locator("#teams");
    await teams.getByText("No team yet.").waitFor();
    assert.ok(await teams.getByRole("button", { name: "Create the team" }).isDisabled());
    await teams.getByLabel(/^New team/).fill("No Such Name");
    await teams.getByRole("button", { name: "Create the team" }).click();
    await teams.getByText(/^Nothing was done: /).waitFor();
    await teams.getByLabel(/^New team/).fill("payments");
    await teams.getByRole("button", { name: "Create the team" }).click();
    const row = teams.locator("tr", { hasText: "payments" });
    await row.getByText("nobody yet").waitFor();

    await row.getByRole("button", { name: "Change the members of team payments" }).click();
    const dialog = page.getByRole("dialog", { name: "Members of team payments" });
    await dialog.getByText("Nobody yet.").waitFor();
    await dialog.getByLabel(/^Somebody else/).selectOption("vera");
    await dialog.getByRole("button", { name: "Put in" }).click();
    await dialog.getByRole("button", { name: "Take out vera" }).waitFor();
    await ana.isAccessible();
    await ana.photograph("members-light-1280");
    assert.deepEqual((await tide.api("GET /api/v1/users/vera")).body.teams, ["payments"]);
    const asked: string[] = [];
    page.on("request", (request) => {
      if (request.method() === "DELETE") asked.push(new URL(request.url()).pathname);
    });
    await dialog.getByRole("button", { name: "Take out vera" }).dblclick();
    await dialog.getByText("Nobody yet.").waitFor();
    assert.deepEqual(asked, ["/api/v1/teams/payments/members/vera"], "a double press asks once");
    assert.equal(await dialog.getByText(/^Nothing was done/).count(), 0);
    await dialog.getByRole("button", { name: "Done" }).click();

    await row.getByRole("button", { name: "Change the roles of team payments" }).click();
    const roles = page.getByRole("dialog", { name: "Roles of team payments" });
    await roles.locator(".input-place").selectOption("shop");
    await roles.getByRole("button", { name: "Give" }).click();
    await roles.getByText("viewer on shop").waitFor();
    await roles.getByRole("button", { name: "Done" }).click();
    await row.getByText("viewer on shop").waitFor();

    await row.getByRole("button", { name: "Delete team payments" }).click();
    await ana.reads(/ends at once; they stay users/);
    await page.getByRole("button", { name: "Delete", exact: true }).click();
    await row.waitFor({ state: "detached" });
    assert.deepEqual((await tide.api("GET /api/v1/teams")).body.teams, []);
    await ana.leave();
  },
);

test("giving a role takes a fresh sign-in, which leads back to the roles", { skip }, async () => {
  await tide.api("PUT /api/v1/grants/platform/vera/admin");
  const vera = await Visitor.come(must(browser), tide, { isStranger: true });
  const { page } = vera;
  await vera.open("/sign-in");
  await signIn(page, "vera");
  await signedInLongAgo(page);
  await vera.open("/platform?view=people");
  await page.getByRole("button", { name: "Change the roles of vera" }).click();
  const dialog = page.getByRole("dialog", { name: "Roles of vera" });
  await dialog.getByText("Sign in again to give a role").waitFor();
  assert.ok(await dialog.getByRole("button", { name: "Give" }).isDisabled());
  assert.ok(await dialog.getByRole("button", { name: /^Take away admin/ }).isEnabled());
  await vera.isAccessible();
  await vera.photograph("roles-too-late-light-1280");
  await page.unrouteAll({ behavior: "wait" });
  await dialog.getByRole("link", { name: "Sign in again" }).click();
  await signIn(page, "vera");
  await dialog.getByText("admin on").waitFor();
  assert.equal(await dialog.getByText("Sign in again to").count(), 0);
  await dialog.getByLabel(/^Role/).selectOption("approver");
  await dialog.getByRole("button", { name: "Give" }).click();
  await dialog.getByText("approver on").waitFor();
  await dialog.getByRole("button", { name: "Done" }).click();
  await page.waitForURL(/view=people$/);
  await vera.leave();
});

test("the pages of signing in fit, in both themes and widths", { skip }, async () => {
  await lookAt(must(browser), tide, {
    name: "sign-in",
    address: "/sign-in",
    words: "tidegate open",
    isStranger: true,
  });
  await lookAt(must(browser), tide, {
    name: "security",
    address: "/settings/security",
    words: /key of this machine/,
  });
  const admin = await Visitor.come(must(browser), tide);
  await admin.open("/settings/security");
  await admin.page.getByRole("button", { name: /^Copy the command tidegate invitation/ }).waitFor();
  await admin.leave();
});

/** From now on the browser hears what the server says after a quarter of an hour. */
async function signedInLongAgo(page: Visitor["page"]): Promise<void> {
  await page.route("**/api/v1/session", async (route) => {
    const answer = await route.fetch();
    const { freshUntilAt: _over, ...body } = await answer.json();
    await route.fulfill({ response: answer, json: body });
  });
}

async function signIn(page: Visitor["page"], name: string): Promise<void> {
  await page.getByLabel("Name").fill(name);
  await page.getByLabel("Password").fill(password);
  await page.getByRole("button", { name: /with a password/ }).click();
  await page.locator(".shell-me", { hasText: name }).waitFor();
}

function must<T>(value: T | undefined): T {
  assert.ok(value !== undefined);
  return value;
}
