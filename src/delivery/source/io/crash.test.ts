import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { once } from "node:events";
import { readdir, readFile } from "node:fs/promises";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { test } from "node:test";
import { setTimeout } from "node:timers/promises";
import {
  appName,
  createClient,
  remoteLine,
  startTestServer,
  temporaryDirectory,
} from "./git-server.testing.ts";

const shop = appName("shop");

/** A server of its own process: it can be killed as a power cut would. */
async function startVictim(dataDir: string, killAfterMs: number | undefined) {
  const kit = new URL("./git-server.testing.ts", import.meta.url).href;
  const program = `
    import { startTestServer } from ${JSON.stringify(kit)};
    const server = await startTestServer({
      dataDir: ${JSON.stringify(dataDir)},
      async *onPush() { yield "delivering"; await new Promise(() => undefined); },
    });
    server.server.on("request", (request) => {
      if (request.method !== "POST" || ${killAfterMs} === undefined) return;
      setTimeout(() => process.kill(process.pid, "SIGKILL"), ${killAfterMs});
    });
    console.log(server.url("shop"));
  `;
  const argv = ["--conditions=source", "--input-type=module-typescript", "--eval", program];
  const child = spawn(process.execPath, argv, { stdio: ["ignore", "pipe", "inherit"] });
  const [url] = await once(createInterface({ input: child.stdout }), "line");
  return { child, url: String(url) };
}

/** Processes that still work on the repository. */
async function workersOn(repository: string): Promise<readonly string[]> {
  const found: string[] = [];
  for (const pid of await readdir("/proc")) {
    if (!/^\d+$/.test(pid) || pid === String(process.pid)) continue;
    const environment = await readFile(`/proc/${pid}/environ`, "latin1").catch(() => "");
    if (environment.includes(repository)) found.push(pid);
  }
  return found;
}

async function untilNobodyWorksOn(repository: string, signal: AbortSignal): Promise<void> {
  while ((await workersOn(repository)).length > 0) await setTimeout(20, undefined, { signal });
}

/** Milliseconds after the pack begins to arrive; `undefined` kills while the delivery streams. */
const moments = [0, 8, 16, 24, 32, 48, 64, undefined] as const;

for (const moment of moments) {
  const when = moment === undefined ? "while the delivery streams" : `${moment} ms into a push`;
  test(
    `crash: kill -9 ${when} leaves a whole repository and no process`,
    { timeout: 60_000 },
    async ({ signal }) => {
      await using directory = await temporaryDirectory();
      const dataDir = join(directory.path, "data");
      const repository = join(dataDir, "git/shop.git");
      {
        await using server = await startTestServer({ dataDir });
        await server.host.create(shop);
      }
      const victim = await startVictim(dataDir, moment);
      const client = await createClient(join(directory.path, "work"), victim.url);
      await client.write("a.txt", "a\n".repeat(1000));
      const commit = await client.commit("One");
      const push = client.start(["push", "tide", "main"]);
      const pushEnded = once(push, "exit");
      const died = once(victim.child, "exit");
      if (moment === undefined) {
        await remoteLine(push, /remote: delivering/);
        assert.ok((await workersOn(repository)).length > 0, "a running hook is seen");
        victim.child.kill("SIGKILL");
      }
      await Promise.all([died, pushEnded]);
      await untilNobodyWorksOn(repository, signal);

      await using server = await startTestServer({ dataDir });
      const fsck = await client.run([
        `--git-dir=${repository}`,
        "fsck",
        "--strict",
        "--no-dangling",
      ]);
      assert.equal(fsck.exitCode, 0, fsck.stderr);
      const head = await server.host.head(shop, "main");
      assert.ok(head === undefined || head === commit);
      if (moment === undefined) assert.equal(head, commit, "a push that streamed has gone in");
      await client.git("remote", "set-url", "tide", server.url(shop));
      const next = await client.commit("Two");
      await client.git("push", "tide", "main");
      assert.equal(await server.host.head(shop, "main"), next);
      assert.equal(server.pushes.length, 1);
    },
  );
}
