/** How the console's files are served: kept when named by content, nothing inline, and nothing else. */
import assert from "node:assert/strict";
import { mkdir, mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, test } from "node:test";
import { brotliCompressSync, brotliDecompressSync } from "node:zlib";
import Fastify, { type FastifyInstance } from "fastify";
import { consolePages } from "#faces/api/contract";
import { readConsoleFiles, registerConsole } from "./console-files.ts";

let directory: string;
let server: FastifyInstance;
const script = "export const a = 1;";

before(async () => {
  directory = await mkdtemp(join(tmpdir(), "tidegate-console-"));
  await mkdir(join(directory, "assets"));
  await mkdir(join(directory, "pages"));
  const files = {
    "index.html": "<!doctype html><title>Tidegate</title>",
    "assets/index-1a2b3c4d.js": script,
    "assets/index-1a2b3c4d.js.br": brotliCompressSync(script),
    "assets/mark.svg": "<svg/>",
    "assets/notes.txt": "not served",
    ".built-from": "secret of the build",
    ...Object.fromEntries(
      Object.values(consolePages).map((name) => [
        `pages/${name}.html`,
        `<!doctype html><title>Tidegate: ${name}</title>`,
      ]),
    ),
  };
  for (const [name, content] of Object.entries(files)) {
    await writeFile(join(directory, name), content);
  }
  const found = await readConsoleFiles(directory);
  assert.ok(found);
  server = Fastify();
  registerConsole(server, found);
});

after(async () => {
  await server.close();
  await rm(directory, { recursive: true });
});

for (const [path, name] of Object.entries(consolePages)) {
  test(`console files: ${path} is the document of its page, asked for anew each time`, async () => {
    const address = path.replace(/:\w+/, "some-name");
    for (const asked of address === "/" ? [address] : [address, `${address}/`]) {
      const answer = await server.inject(asked);
      assert.equal(answer.statusCode, 200, asked);
      assert.match(answer.body, new RegExp(`<title>Tidegate: ${name}<`));
      assert.equal(answer.headers["cache-control"], "no-cache");
    }
  });
}

// oxfmt-ignore
const sessions: readonly (readonly [claim: string, cookie: string, expected: RegExp | undefined])[] = [
  ["a session from before is marked",            "tidegate-session-0=s",                       /^tidegate-known-0=1; Path=\/; SameSite=Strict$/],
  ["a session that is marked stays so",          "tidegate-session-0=s; tidegate-known-0=1",   undefined],
  ["a mark without a session is taken away",     "tidegate-known-0=1",                         /^tidegate-known-0=; Max-Age=0/],
  ["where neither was sent, nothing is touched", "",                                           undefined],
];
for (const [claim, cookie, expected] of sessions) {
  test(`console files: ${claim}`, async () => {
    const { headers } = await server.inject({ url: "/", headers: { cookie } });
    if (expected === undefined) assert.equal(headers["set-cookie"], undefined);
    else assert.match(String(headers["set-cookie"]), expected);
  });
}

test("console files: the policy runs no inline script or style and makes no markup of strings", async () => {
  const policy = String((await server.inject("/")).headers["content-security-policy"]);
  assert.match(policy, /default-src 'none'/);
  assert.match(policy, /require-trusted-types-for 'script'/);
  assert.match(policy, /frame-ancestors 'none'/);
  assert.doesNotMatch(policy, /unsafe|data:|\*/);
});

test("console files: what is named by its content is kept for ever, what is not is asked for", async () => {
  const named = await server.inject("/assets/index-1a2b3c4d.js");
  assert.match(String(named.headers["cache-control"]), /immutable/);
  assert.equal(named.body, script);
  const unnamed = await server.inject("/assets/mark.svg");
  assert.equal(unnamed.headers["cache-control"], "no-cache");
});

test("console files: who takes the compressed form gets it", async () => {
  const headers = { "accept-encoding": "gzip, br" };
  const answer = await server.inject({ url: "/assets/index-1a2b3c4d.js", headers });
  assert.equal(answer.headers["content-encoding"], "br");
  assert.equal(brotliDecompressSync(answer.rawPayload).toString(), script);
});

const absent = [
  "/apps",
  "/apps/",
  "/apps/a/b",
  "/changes/chg_1/b",
  "/invitations/a/b/c",
  "/platform/audit",
  "/settings",
  "/settings/other",
  "/assets/notes.txt",
  "/assets/index-1a2b3c4d.js.br",
  "/assets/../.built-from",
  "/assets/..%2f.built-from",
  "/assets/%2e%2e/.built-from",
  "/assets/",
];
for (const path of absent) {
  test(`console files: ${path} is not there`, async () => {
    assert.equal((await server.inject(path)).statusCode, 404);
  });
}

test("console files: where nothing was built there is nothing to serve", async () => {
  assert.equal(await readConsoleFiles(join(directory, "gone")), undefined);
});

test("console files: a build from before pages had documents of their own is served by the one there is", async () => {
  const older = await mkdtemp(join(tmpdir(), "tidegate-console-"));
  await mkdir(join(older, "assets"));
  await writeFile(join(older, "index.html"), "<!doctype html><title>Of all pages</title>");
  const found = await readConsoleFiles(older);
  await rm(older, { recursive: true });
  assert.ok(found);
  const serving = Fastify();
  registerConsole(serving, found);
  const answer = await serving.inject("/changes/some-name");
  await serving.close();
  assert.deepEqual([answer.statusCode, /Of all pages/.test(answer.body)], [200, true]);
});
