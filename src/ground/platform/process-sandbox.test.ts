import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import {
  chown,
  link,
  mkdir,
  mkdtemp,
  readdir,
  readFile,
  rm,
  stat,
  writeFile,
} from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, test, type TestContext } from "node:test";
import type { Runtime, SandboxLevel, StepSpec } from "#domain";
import { createProcessRuntime } from "./process-runtime.ts";
import { quietLog, realClock } from "./real.test-kit.ts";
import { appName, instanceSpec, serverProgram, stepSpec } from "./runtime.conformance.ts";

const app = appName("fenced");
let dataDir = "";
let runtime: Runtime & AsyncDisposable;
let level: SandboxLevel = 0;

before(async () => {
  dataDir = await mkdtemp(join(tmpdir(), "tidegate-sandbox-"));
  runtime = await createProcessRuntime({ dataDir, clock: realClock, log: quietLog });
  level = await runtime.sandboxLevel();
});
after(async () => {
  await runtime[Symbol.asyncDispose]();
  await rm(dataDir, { recursive: true, force: true });
});

let count = 0;
async function shell(script: string, change: Partial<StepSpec> = {}): Promise<readonly string[]> {
  count += 1;
  const commands = [["/bin/sh", "-c", script]];
  const spec = stepSpec({ dataDir, app, id: `fence-${count}` }, "", { commands, ...change });
  const step = await runtime.step(spec);
  await step.outcome;
  return step.tail(100);
}

function needs(t: TestContext, needed: SandboxLevel): boolean {
  if (level < needed) t.skip(`needs sandbox level ${needed}; this machine gives ${level}`);
  return level >= needed;
}

// oxfmt-ignore
const closed: readonly (readonly [string, SandboxLevel, () => string])[] = [
  ["the data directory", 2, () => `ls ${dataDir}/platform ${dataDir}/steps ${dataDir}/instances`],
  ["the accounts' secrets", 2, () => "cat /etc/shadow"],
  ["root's home", 2, () => "ls -A /root/.ssh /root/.bashrc /root/.npmrc"],
  ["the system's log", 2, () => "ls /var/log"],
  ["control groups and devices", 2, () => "ls /sys /dev/mem /dev/kmsg"],
  ["a file of its own toolchain, to write", 2, () => `touch ${process.execPath} /usr/x /etc/x /x`],
  ["another namespace", 3, () => "unshare --user true"],
  ["a mount", 3, () => "mount -t tmpfs none /tmp"],
  ["the kernel's key ring", 3, () => "keyctl show"],
];
for (const [claim, needed, script] of closed) {
  test(`sandbox: closed to ${claim}`, async (t) => {
    if (!needs(t, needed)) return;
    const lines = await shell(`for one in 1; do ${script()} >/dev/null 2>&1; echo $?; done; id -u`);
    assert.notEqual(lines[0], "0");
    assert.equal(lines.length, 2, "the control ran: the sandbox itself works");
  });
}

test("sandbox: sees its own processes only", async (t) => {
  if (!needs(t, 2)) return;
  const pids = await shell("ls /proc | grep -E '^[0-9]+$'");
  assert.ok(pids.length > 0 && pids.length < 8, pids.join());
});

test("sandbox: has no capability and a filter", async (t) => {
  if (!needs(t, 3)) return;
  const lines = await shell("grep -E '^(CapEff|CapBnd|NoNewPrivs|Seccomp):' /proc/self/status");
  const values = lines.map((line) => line.split("\t")[1]);
  assert.deepEqual(values, ["0000000000000000", "0000000000000000", "1", "2"]);
});

test("sandbox: each app has a uid for ever, and no other", async (t) => {
  if (!needs(t, 3)) return;
  const other = appName("other");
  const uids = [await shell("id -u"), await shell("id -u", { app: other }), await shell("id -u")];
  assert.deepEqual(uids[0], uids[2]);
  assert.notDeepEqual(uids[0], uids[1]);
  assert.equal(
    await readFile(join(dataDir, "platform", "uids", String(uids[1]?.[0])), "utf8"),
    "other",
  );
});

test("sandbox: one app cannot read what another wrote", async (t) => {
  if (!needs(t, 3)) return;
  const shared = join(dataDir, "work", "shared");
  await shell("umask 077; echo secret >mine", { workDir: await made(shared) });
  const lines = await shell(`cat ${shared}/mine; echo $?`, {
    app: appName("other"),
    readOnly: [shared],
  });
  assert.equal(lines.at(-1), "1");
});

test("sandbox: a file shared with a release by hard link cannot be written, only replaced", async (t) => {
  if (!needs(t, 3)) return;
  const [release, workDir] = [
    await made(join(dataDir, "release")),
    await made(join(dataDir, "work", "linked")),
  ];
  await writeFile(join(release, "file"), "released\n");
  const { uidRange } = await import("./uids.ts");
  const { first } = uidRange(dataDir);
  await chown(join(release, "file"), first, first); // built by the app itself, earlier
  await link(join(release, "file"), join(workDir, "file"));
  const lines = await shell(
    "(echo evil >>file) 2>/dev/null; echo $?; rm file && echo new >file && cat file",
    { workDir },
  );
  assert.deepEqual(lines, ["2", "new"]);
  assert.equal(await readFile(join(release, "file"), "utf8"), "released\n");
  assert.equal((await stat(join(release, "file"))).uid, 0);
});

test("sandbox: a path that is a link is refused, not followed", async (t) => {
  if (!needs(t, 1)) return;
  const workDir = await made(join(dataDir, "work", "lured"));
  const lure = join(workDir, "lure");
  await shell(`ln -s /etc ${lure}`, { workDir });
  const lines = await shell("ls", { workDir, readOnly: [lure] });
  assert.match(lines[0] ?? "", /refused: .*lure is not an absolute path of a real directory/);
});

test("sandbox: temporary files have a place and a home has room", async (t) => {
  if (!needs(t, 1)) return;
  const lines = await shell("echo 1 >/tmp/a && echo 2 >~/b && cat /tmp/a ~/b");
  assert.deepEqual(lines, ["1", "2"]);
});

test("findings: each that is not good says what to do", async () => {
  const findings = await runtime.findings();
  const names = findings.map(({ name }) => name);
  for (const name of ["sandbox", "bubblewrap", "cgroups", "git", "disk", "node"])
    assert.ok(names.includes(name));
  for (const { state, next } of findings) assert.equal(next === undefined, state === "good");
});

for (const lower of [2, 1, 0] as const) {
  test(`ladder: level ${lower} runs steps and instances too`, async (t) => {
    if (!needs(t, lower)) return;
    if (lower === 1 && process.getuid?.() !== 0) return t.skip("level 1 needs root");
    const own = await mkdtemp(join(tmpdir(), "tidegate-ladder-"));
    t.after(() => rm(own, { recursive: true, force: true }));
    const options = { dataDir: own, clock: realClock, log: quietLog };
    await using low = await createProcessRuntime({
      ...options,
      sandboxLevelMax: lower,
      allowUnsandboxed: true,
    });
    assert.equal(await low.sandboxLevel(), lower);
    const step = await low.step(
      stepSpec(
        { dataDir: own, app, id: "one" },
        "require('fs').writeFileSync('out', ''); console.log('ran')",
        {},
      ),
    );
    const outcome = await step.outcome;
    assert.deepEqual([outcome.end, await step.tail(5)], [{ kind: "exited", code: 0 }, ["ran"]]);
    assert.equal(outcome.sandboxLevel, lower);
    const spec = await instanceSpec(own, app, { program: serverProgram(200), change: {} });
    const result = await low.start(spec);
    assert.ok(result.ok, JSON.stringify(result));
    await low.stop(spec.id, 5000);
    const endless = stepSpec(
      { dataDir: own, app, id: "two" },
      "require('child_process').spawn('sleep', ['1000']); setInterval(() => {}, 1000)",
      {},
    );
    const cut = await low.step({ ...endless, limits: { ...endless.limits, wallMs: 500 } });
    assert.deepEqual((await cut.outcome).end, { kind: "limit", limit: "wallMs", allowed: 500 });
    const hog = "const all = []; setInterval(() => all.push(Buffer.alloc(8 << 20, 1)), 1)";
    const fat = await low.step(stepSpec({ dataDir: own, app, id: "three" }, hog, {}));
    const { end } = await fat.outcome;
    assert.deepEqual([end.kind, end.kind === "limit" && end.limit], ["limit", "memoryBytes"]);
  });
}

test("ladder: without a sandbox nothing runs unless allowed by name", async (t) => {
  const own = await mkdtemp(join(tmpdir(), "tidegate-ladder-"));
  t.after(() => rm(own, { recursive: true, force: true }));
  await using low = await createProcessRuntime({
    dataDir: own,
    clock: realClock,
    log: quietLog,
    sandboxLevelMax: 0,
  });
  const result = await low.start(
    await instanceSpec(own, app, { program: serverProgram(200), change: {} }),
  );
  assert.ok(!result.ok && result.error.reason.kind === "refused");
  const step = await low.step(stepSpec({ dataDir: own, app, id: "one" }, "", {}));
  assert.deepEqual((await step.outcome).end, { kind: "exited", code: 126 });
});

test("ladder: an ordinary user reaches level 2 where user namespaces work", async (t) => {
  if (process.getuid?.() !== 0) return t.skip("needs root to become an ordinary user");
  const own = await mkdtemp(join(tmpdir(), "tidegate-user-"));
  t.after(() => rm(own, { recursive: true, force: true }));
  await chown(own, 12_345, 12_345);
  const script = `
    const { createProcessRuntime } = await import(${at("process-runtime.ts")});
    const { quietLog, realClock } = await import(${at("real.test-kit.ts")});
    const { stepSpec, appName } = await import(${at("runtime.conformance.ts")});
    const dataDir = ${JSON.stringify(join(own, "data"))};
    await using runtime = await createProcessRuntime({ dataDir, clock: realClock, log: quietLog });
    const spec = stepSpec({ dataDir, app: appName("user"), id: "one" }, "console.log(process.getuid())", {});
    const step = await runtime.step(spec);
    const { end } = await step.outcome;
    console.log(JSON.stringify([await runtime.sandboxLevel(), end, await step.tail(5)]));`;
  const args = ["--conditions=source", "--input-type=module-typescript", "-e", script];
  const child = spawn(process.execPath, args, {
    uid: 12_345,
    gid: 12_345,
    cwd: own,
    stdio: ["ignore", "pipe", "inherit"],
  });
  const output = (await child.stdout.toArray()).join("");
  const [reached, end, lines]: unknown[] = JSON.parse(output.trim().split("\n").at(-1) ?? "[]");
  if (reached === 0) return t.skip("user namespaces do not work here for ordinary users");
  assert.deepEqual([reached, end, lines], [2, { kind: "exited", code: 0 }, ["12345"]]);
});

test("uids: two servers at once give two apps two uids", async (t) => {
  const { openUids, uidRange } = await import("./uids.ts");
  const own = await mkdtemp(join(tmpdir(), "tidegate-uids-"));
  t.after(() => rm(own, { recursive: true, force: true }));
  const [one, two] = [await openUids(own, uidRange(own)), await openUids(own, uidRange(own))];
  const given = await Promise.all(
    ["a", "b", "c"].flatMap((name) => [one.uidOf(name), two.uidOf(`${name}${name}`)]),
  );
  const uids = given.map((result) => (result.ok ? result.value : 0));
  assert.equal(new Set(uids).size, 6);
  assert.deepEqual(await two.uidOf("a"), given[0]);
  assert.equal((await readdir(own)).length, 6);
});

async function made(directory: string): Promise<string> {
  await mkdir(directory, { recursive: true });
  return directory;
}

/** A file of this room as an import in another process. */
function at(name: string): string {
  return JSON.stringify(new URL(name, import.meta.url).href);
}
