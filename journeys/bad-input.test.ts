/**
 * What an author, a user or a machine may do wrong: each gets a clear error in the right place, and a
 * control app that has nothing to do with it serves all the while.
 */
import assert from "node:assert/strict";
import { writeFile } from "node:fs/promises";
import { connect } from "node:net";
import path from "node:path";
import { after, test } from "node:test";
import { eventuallyTrue } from "./support/eventually.ts";
import { Tidegate } from "./support/tidegate.ts";
import { answering, nodeApp, type Tree } from "./support/tree.ts";

const tide = await Tidegate.start();
await tide.deliverApp("control", nodeApp(answering("steady")));
const control = tide.traffic("control", { requestsPerSecond: 20, users: 5 });
after(async () => await control.stop());

const yaml = (text: string): Tree => nodeApp(answering("x"), { "tidegate.yaml": text });
const build = (command: string, more = ""): Tree => yaml(`build:\n  command: ${command}\n${more}`);
const app = (source: string): Tree =>
  nodeApp(source, { "tidegate.yaml": "health:\n  timeout: 2s\nstop:\n  grace: 1s\n" });

const listenElsewhere = `import { createServer } from "node:http";
createServer((_, response) => response.end()).listen(4711, "127.0.0.1");`;
const answer500 = answering("x").replace("response.end(", "response.writeHead(500).end(");
const dieLater = `${answering("x")}\nsetTimeout(() => process.exit(9), 300);`;

/** Goes on when it is refused, as a bomb in a shell does not: that one may die of its own refusals. */
const forkBomb = `
const { spawn } = require("node:child_process");
setInterval(() => {
  for (let each = 0; each < 50; each += 1) spawn("sleep", ["600"]).on("error", () => undefined);
}, 10);
`;

// oxfmt-ignore
const told: readonly (readonly [string, string, Tree, readonly RegExp[]])[] = [
  ["a repository with no app in it is told so", "none", { "notes.txt": "nothing\n" }, [/no app|nothing.*(?:run|serve)|how to run/i]],
  ["an unknown key is told with file, line and what is known", "key", yaml("rollout:\n  harmbudget: 3\n"), [/tidegate\.yaml:2/, /harmbudget/, /expected/]],
  ["a wrong type is told with file, line and what is expected", "type", yaml("health:\n  timeout: soon\n"), [/tidegate\.yaml:2/, /soon/, /expected/]],
  ["a manifest that is not YAML is told with its line", "yaml", yaml("health: [\n"), [/tidegate\.yaml:\d/]],
  ["a build that forks without end is stopped", "fork", { ...build("node bomb.js"), "bomb.js": forkBomb }, [/process/i]],
  ["a build that fills a file system is stopped", "fill", build(`sh -c 'head -c 2G /dev/zero > /tmp/full'`), [/build failed|build.*failed/i]],
  ["a build that prints for ever is stopped", "print", build(`sh -c 'tr \\\\0 x < /dev/zero'`), [/output|printed|MiB/i]],
  ["a build that never ends is stopped", "endless", build("sleep 600", "  timeout: 2s\n"), [/it ran longer than 2\.0 s/, /set build\.timeout/]],
  ["an app that never listens is told which port it was to listen on", "mute", app("setInterval(() => 0, 1000);"), [/did not listen on PORT \d+ within 2 s/]],
  ["an app that listens elsewhere is told where", "elsewhere", app(listenElsewhere), [/did not listen on PORT \d+/, /listens on 4711/]],
  ["an app that ends at once is told with its last lines", "dead", app(`console.error("no database"); process.exit(3);`), [/ended before it was ready: exit code 3/, /no database/]],
  ["an app that answers 500 is not let in", "sick", app(answer500), [/not healthy: GET \/ was answered with HTTP 500/]],
];

for (const [claim, name, tree, words] of told) {
  test(claim, async () => {
    const author = await tide.createApp(name, tree);
    const pushed = await author.push("-o", "wait");
    for (const word of words) assert.match(pushed.text, word);
    assert.match(pushed.text, /failed|not delivered|did not start/);
    const change = await tide.untilState(await author.git("rev-parse", "HEAD"), ["failed"]);
    assert.ok(change.stages.some((stage: { problem?: object }) => stage.problem !== undefined));
    assert.equal((await tide.visit(name)).status, 503);
    await serves();
  });
}

/** The control app has answered since, and never badly. */
async function serves(): Promise<void> {
  await control.more(5);
  assert.deepEqual(control.failures, []);
}

test("an app that listens and dies is taken away as a crash loop", async () => {
  const author = await tide.deliverApp("dying", nodeApp(answering("well")));
  const traffic = tide.traffic("dying", { requestsPerSecond: 20 });
  await traffic.more(20);
  await author.commit("Die", { "server.js": dieLater });
  const pushed = await author.push("-o", "wait");
  await traffic.stop();
  assert.match(pushed.text, /everybody is back on v1/);
  assert.match(pushed.text, /crash|exit|ended/i);
  await tide.untilState(await author.git("rev-parse", "HEAD"), ["rolled_back"]);
  assert.equal((await tide.visit("dying")).body, "well\n");
  await serves();
});

test("an app that ignores SIGTERM is killed after its grace", async () => {
  const stubborn = answering("one").replace(/process\.on.*\n/, 'process.on("SIGTERM", () => 0);\n');
  const quick = "stop:\n  grace: 1s\nrollout:\n  strategy: all-at-once\n  warm: 0s\n";
  const author = await tide.deliverApp("stubborn", nodeApp(stubborn, { "tidegate.yaml": quick }));
  const [v1] = (await tide.json("release", "list", "--app", "stubborn")).releases;
  await author.commit("Two", { "server.js": answering("two") });
  assert.equal((await author.push("-o", "wait")).code, 0);
  const isLeft = async (): Promise<boolean> => {
    const id: string = v1.instances[0].id;
    return (await tide.processes()).some(({ argv }) => argv.some((word) => word.includes(id)));
  };
  await eventuallyTrue("the old process is gone", async () => !(await isLeft()), 60_000);
  assert.equal((await tide.visit("stubborn")).body, "two\n");
});

test("a push that must not go in is refused with what, where and what next", async () => {
  const author = await tide.createApp("refused", nodeApp(answering("x")));
  const refused = async (what: RegExp, ...argv: readonly string[]): Promise<void> => {
    const ran = await author.tryGit("push", "tide", ...argv);
    assert.notEqual(ran.code, 0, `${what} went in`);
    assert.match(ran.stderr, what);
    assert.match(ran.stderr, /expected/);
    assert.match(ran.stderr, /next/);
  };
  await author.git("branch", "good");
  await writeFile(path.join(author.directory, "huge.bin"), Buffer.alloc(101 * 1024 * 1024));
  await author.commit("Huge");
  await refused(/this file has 105906176 bytes/, "main");
  await author.git("reset", "--hard", "--quiet", "good");
  await author.git(
    "update-index",
    "--add",
    "--cacheinfo",
    `120000,${await link(author, "/etc/passwd")},leak`,
  );
  await author.git("commit", "--quiet", "-m", "Leak");
  await refused(/symbolic link leaves the repository/, "main");
  await author.git("reset", "--hard", "--quiet", "good");
  await author.commit("Odd", { "a\u0007bell": "x" });
  await refused(/this name/, "main");
  await author.git("reset", "--hard", "--quiet", "good");
  await refused(/not a branch/, "main:refs/for/main");
  await refused(/notes are written by Tidegate alone/, "main:refs/notes/tidegate");
  assert.equal((await author.push()).code, 0, "what may go in goes in");
  await refused(/tracked branch cannot be deleted/, "--delete", "main");
  await author.git("tag", "v1.0");
  await author.git("push", "--quiet", "tide", "v1.0");
  const other = await author.tryGit("push", "tide", "main:topic");
  assert.match(other.stderr, /Only main is delivered/);
  await serves();
});

async function link(
  author: { readonly directory: string; git(...argv: readonly string[]): Promise<string> },
  target: string,
): Promise<string> {
  await writeFile(path.join(author.directory, ".git", "target"), target);
  return await author.git("hash-object", "-w", ".git/target");
}

const host = "Host: control.localhost";
// oxfmt-ignore
const malformed: readonly (readonly [string, string, RegExp])[] = [
  ["no HTTP at all", "hello\r\n\r\n", /^HTTP\/1\.1 400/],
  ["two lengths", `POST / HTTP/1.1\r\n${host}\r\nContent-Length: 3\r\nContent-Length: 4\r\n\r\nabcd`, /^HTTP\/1\.1 400/],
  ["a length beside chunks", `POST / HTTP/1.1\r\n${host}\r\nContent-Length: 3\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n`, /^HTTP\/1\.1 400/],
  ["no host", "GET / HTTP/1.1\r\n\r\n", /^HTTP\/1\.1 400/],
  ["a head without end", `GET / HTTP/1.1\r\n${host}\r\nX-Long: ${"x".repeat(70_000)}\r\n\r\n`, /^HTTP\/1\.1 431/],
  ["a space before the colon", `GET / HTTP/1.1\r\n${host}\r\nX-Odd : 1\r\n\r\n`, /^HTTP\/1\.1 400/],
];
for (const [name, bytes, answer] of malformed) {
  test(`edge and API refuse a request with ${name}, and go on`, async () => {
    assert.match(await exchange(tide.edgePort, bytes), answer);
    assert.match(await exchange(tide.port, bytes), /^HTTP\/1\.1 4\d\d/);
    assert.equal((await tide.api("GET /api/v1/status")).status, 200);
    await serves();
  });
}

async function exchange(port: number, bytes: string): Promise<string> {
  return await new Promise((resolve, reject) => {
    let text = "";
    const socket = connect(port, "127.0.0.1", () => socket.write(bytes));
    socket.setTimeout(10_000, () => socket.destroy(new Error("no answer in time")));
    socket.on("data", (chunk: Buffer) => {
      text += chunk.toString("latin1");
      socket.end();
    });
    socket.once("close", () => resolve(text));
    socket.once("error", (error) => (text === "" ? reject(error) : resolve(text)));
  });
}

test("bad questions to the API are answered with a problem that says what to do", async () => {
  for (const [route, body, status] of [
    ["POST /api/v1/apps", { name: "../etc" }, 400],
    ["POST /api/v1/apps", { name: "control" }, 409],
    ["POST /api/v1/apps", { nome: "x" }, 400],
    ["GET /api/v1/apps/nobody", undefined, 404],
    ["GET /api/v1/nowhere", undefined, 404],
  ] as const) {
    const answer = await tide.api(route, body);
    assert.equal(answer.status, status, `${route} ${JSON.stringify(answer.body)}`);
    assert.equal(typeof answer.body.next, "string");
  }
  const stranger = await fetch(`http://127.0.0.1:${tide.port}/api/v1/apps`);
  assert.equal(stranger.status, 401);
});

test("a second up on the same data directory is refused and says what runs there", async () => {
  const second = await tide.cli(["up", "--detach"]);
  assert.equal(second.code, 2);
  assert.match(second.stderr, /runs on .* already: http/);
  assert.match(second.stderr, /next: tidegate status/);
  await serves();
});

test("the journal is whole after all this", async () => {
  assert.equal((await tide.json("journal", "verify")).brokenAt, undefined);
  assert.deepEqual(await tide.logged("error"), []);
});
