/** Of many logs that were written, those in use stay open. */
import assert from "node:assert/strict";
import { mkdtemp, readdir, readlink, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test } from "node:test";
import { newId, type ChangeId, type Log } from "#domain";
import { openChangeLogs } from "./change-logs.ts";
import { logFilesOpenMax } from "./limits.ts";

const skip = process.platform === "linux" ? false : "only Linux tells which files are open";
const deadline = { skip, timeout: 30_000 };
const nothing = (): undefined => undefined;
const log: Log = { debug: nothing, info: nothing, warn: nothing, error: nothing };

async function openFiles(): Promise<readonly string[]> {
  const names = await readdir("/proc/self/fd");
  const links = names.map(async (name) => await readlink(`/proc/self/fd/${name}`).catch(() => ""));
  return await Promise.all(links);
}

test(
  "change logs: the file longest unused is closed when there are too many",
  deadline,
  async (t) => {
    const dataDir = await mkdtemp(join(tmpdir(), "tidegate-change-logs-"));
    t.after(async () => await rm(dataDir, { recursive: true, force: true }));
    const logs = openChangeLogs({ dataDir, log });
    const write = async (change: ChangeId, text: string): Promise<void> => {
      logs.append(change, { stage: "build", text });
      while (!(await logs.read(change, "build", 9)).includes(text)) await openFiles();
    };
    const changes = Array.from({ length: logFilesOpenMax + 1 }, () => newId("chg", Math.random));
    const [first, second, ...others] = changes;
    const last = others.pop();
    assert.ok(first !== undefined && second !== undefined && last !== undefined);
    for (const change of [first, second, ...others]) await write(change, "a line");
    await write(first, "goes on");
    await write(last, "one too many");
    const isOpen = async (change: ChangeId) =>
      (await openFiles()).includes(logs.file(change, "build"));
    while (await isOpen(second)) await openFiles();
    assert.deepEqual([await isOpen(first), await isOpen(last)], [true, true]);
  },
);
