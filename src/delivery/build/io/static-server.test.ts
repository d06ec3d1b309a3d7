import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { once } from "node:events";
import { mkdir, mkdtemp, rm, symlink, writeFile } from "node:fs/promises";
import { connect, createServer } from "node:net";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { after, before, test } from "node:test";
import { planTree } from "../plan.ts";
import { directoryTree } from "./directory-tree.ts";
import { ship, shippedWith } from "./ship.ts";

const files = {
  "index.html": "<h1>home",
  "about.html": "about",
  "app.js": "0123456789",
  "docs/index.html": "docs",
  "404.html": "lost",
  ".env": "SECRET=1",
  ".git/config": "x",
  ".well-known/security.txt": "mail us",
  "with space.txt": "space",
};

let home = "";
const addresses: Record<"site" | "single", { port: number }> = {
  site: { port: 0 },
  single: { port: 0 },
};
const children: ReturnType<typeof spawn>[] = [];

before(async () => {
  home = await mkdtemp(join(tmpdir(), "tidegate-static-"));
  const root = join(home, "site");
  for (const [path, text] of Object.entries(files)) {
    await mkdir(dirname(join(root, path)), { recursive: true });
    await writeFile(join(root, path), text);
  }
  await writeFile(join(home, "outside.txt"), "outside");
  await symlink(join(home, "outside.txt"), join(root, "leaving.txt"));
  await symlink("app.js", join(root, "inside.js"));
  // As a release has it: the file that is shipped, run by a plain Node.
  const tree = await directoryTree(root);
  assert(tree.ok);
  const plan = await planTree(tree.value, { node: process.versions.node }, rollout);
  assert(plan.ok, JSON.stringify(plan));
  await ship(await shippedWith(plan.value), home);
  addresses.site.port = await start(["site"]);
  addresses.single.port = await start(["site", "--single-page"]);
});

after(async () => {
  for (const child of children) {
    child.kill();
    if (child.exitCode === null) await once(child, "exit");
  }
  await rm(home, { recursive: true, force: true });
});

const rollout = {
  strategy: "adaptive",
  harmBudgetRequests: 1,
  alpha: 0.01,
  guardrails: [],
  exposureMaxPercent: 50,
  maxDurationMs: 1,
  atMaxDuration: "hold",
  userKey: { from: "edge_cookie" },
  warmMs: 1,
} as const;

async function start(argv: readonly string[]): Promise<number> {
  const probe = createServer().listen(0, "127.0.0.1");
  await once(probe, "listening");
  const address = probe.address();
  assert(typeof address === "object" && address !== null);
  const { port } = address;
  probe.close();
  await once(probe, "close");
  const env = { PORT: String(port), PATH: process.env["PATH"] ?? "" };
  const child = spawn(process.execPath, [".tidegate/static-server.mjs", ...argv], {
    cwd: home,
    env,
    stdio: ["ignore", "inherit", "inherit"],
  });
  children.push(child);
  while (!(await accepts(port))) assert.equal(child.exitCode, null, "the server runs");
  return port;
}

async function accepts(port: number): Promise<boolean> {
  const socket = connect(port, "127.0.0.1");
  try {
    await once(socket, "connect");
    return true;
  } catch {
    return false;
  } finally {
    socket.destroy();
  }
}

/** Sends the path as it is; `fetch` would tidy it up first. */
async function ask(port: number, line: string, headers: Readonly<Record<string, string>> = {}) {
  const socket = connect(port, "127.0.0.1");
  const extra = Object.entries(headers).map(([name, value]) => `${name}: ${value}\r\n`);
  socket.write(`${line} HTTP/1.1\r\nHost: x\r\nConnection: close\r\n${extra.join("")}\r\n`);
  const chunks: Buffer[] = [];
  for await (const chunk of socket) chunks.push(Buffer.from(chunk));
  const [head = "", ...body] = Buffer.concat(chunks).toString().split("\r\n\r\n");
  const status = Number(head.split(" ")[1]);
  const header = (name: string): string | undefined =>
    new RegExp(`^${name}: (.*)$`, "im").exec(head)?.[1]?.trim();
  return { status, body: body.join("\r\n\r\n"), header };
}

// oxfmt-ignore
const cases: readonly (readonly [claim: string, line: string, headers: Readonly<Record<string, string>>, status: number, body: string | RegExp])[] = [
  ["the root is its index", "GET /", {}, 200, "<h1>home"],
  ["a file is itself", "GET /app.js", {}, 200, "0123456789"],
  ["a query does not matter", "GET /app.js?v=1", {}, 200, "0123456789"],
  ["a directory is its index", "GET /docs/", {}, 200, "docs"],
  ["a directory without its slash is redirected", "GET /docs?a=1", {}, 308, /./],
  ["a page is found without its ending", "GET /about", {}, 200, "about"],
  ["an encoded name is found", "GET /with%20space.txt", {}, 200, "space"],
  ["an unknown address gets the site's own page", "GET /nothing", {}, 404, "lost"],
  ["HEAD has no body", "HEAD /app.js", {}, 200, ""],
  ["other methods are refused", "POST /app.js", {}, 405, /./],
  ["climbing out is refused", "GET /../outside.txt", {}, 400, /./],
  ["climbing out encoded is refused", "GET /%2e%2e/outside.txt", {}, 400, /./],
  ["a backslash is refused", "GET /..%5coutside.txt", {}, 400, /./],
  ["a NUL is refused", "GET /a%00.html", {}, 400, /./],
  ["broken encoding is refused", "GET /%zz", {}, 400, /./],
  ["a link out of the root is not followed", "GET /leaving.txt", {}, 404, "lost"],
  ["a link inside the root is followed", "GET /inside.js", {}, 200, "0123456789"],
  ["a hidden file is not there", "GET /.env", {}, 404, "lost"],
  ["a hidden directory is not there", "GET /.git/config", {}, 404, "lost"],
  ["well-known addresses are there", "GET /.well-known/security.txt", {}, 200, "mail us"],
  ["a range is served", "GET /app.js", { Range: "bytes=2-4" }, 206, "234"],
  ["an open range is served", "GET /app.js", { Range: "bytes=7-" }, 206, "789"],
  ["the last bytes are served", "GET /app.js", { Range: "bytes=-2" }, 206, "89"],
  ["a range past the end is refused", "GET /app.js", { Range: "bytes=10-" }, 416, /./],
  ["several ranges give the whole", "GET /app.js", { Range: "bytes=0-1,3-4" }, 200, "0123456789"],
  ["a range of another version gives the whole", "GET /app.js", { Range: "bytes=0-1", "If-Range": '"old"' }, 200, "0123456789"],
];
for (const [claim, line, headers, status, body] of cases) {
  test(`static server: ${claim}`, async () => {
    const answer = await ask(addresses.site.port, line, headers);
    assert.equal(answer.status, status);
    if (typeof body === "string") assert.equal(answer.body, body);
    else assert.match(answer.body, body);
  });
}

test("static server: what is unchanged is not sent again", async () => {
  const { port } = addresses.site;
  const first = await ask(port, "GET /app.js");
  const etag = first.header("etag") ?? "";
  const modified = first.header("last-modified") ?? "";
  const again = await ask(port, "GET /app.js", { "If-None-Match": `"x", W/${etag}` });
  const since = await ask(port, "GET /app.js", { "If-Modified-Since": modified });
  const other = await ask(port, "GET /app.js", {
    "If-None-Match": '"x"',
    "If-Modified-Since": modified,
  });
  assert.deepEqual([again.status, again.body, since.status, other.status], [304, "", 304, 200]);
});

test("static server: types are told and not guessed", async () => {
  const answer = await ask(addresses.site.port, "HEAD /app.js");
  assert.equal(answer.header("content-type"), "text/javascript; charset=utf-8");
  assert.equal(answer.header("x-content-type-options"), "nosniff");
  assert.equal(answer.header("content-length"), "10");
});

test("static server: a redirect stays on this host", async () => {
  const answer = await ask(addresses.site.port, "GET //docs?a=1");
  assert.deepEqual([answer.status, answer.header("location")], [308, "/docs/?a=1"]);
});

test("static server: a single page answers for addresses that no file has, but not for files", async () => {
  const { port } = addresses.single;
  const page = await ask(port, "GET /orders/7");
  const file = await ask(port, "GET /missing.js");
  assert.deepEqual([page.status, page.body], [200, "<h1>home"]);
  assert.deepEqual([file.status, file.body], [404, "lost"]);
});
