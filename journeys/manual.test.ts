/**
 * The manual, read from the beginning: every block of every page is done as a reader would, in one home, with
 * one Tidegate that the first page starts. What a page says it prints, it prints.
 */
import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { existsSync } from "node:fs";
import { mkdir, mkdtemp, readdir, readFile, rm, symlink, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import path from "node:path";
import { after, before, test } from "node:test";
import { run as runProgram } from "./support/command.ts";
import { eventuallyTrue } from "./support/eventually.ts";
import { blocksOf, missingLine } from "./support/pages.ts";
import { processesOf } from "./support/processes.ts";
import { gitEnvironment } from "./support/repository.ts";
import { shellEnvironment, tidegateProgram } from "./support/tidegate.ts";

const root = path.join(import.meta.dirname, "..");

/** In the order in which one would read them; what is not here is read after it, by name. */
const first = [
  "docs/tutorial/1-first-delivery.md",
  "docs/tutorial/2-a-bad-change-is-caught.md",
  "docs/how-to/configure-an-app.md",
  "docs/how-to/steer-a-rollout.md",
  "docs/how-to/roll-back.md",
  "docs/how-to/use-it-in-scripts.md",
  "docs/how-to/let-people-in.md",
];
const folders = ["docs/tutorial", "docs/how-to", "docs/explanation"];
const found = await Promise.all(
  folders.map(async (folder) =>
    (await readdir(path.join(root, folder))).map((name) => `${folder}/${name}`),
  ),
);
const pages = [...first, ...found.flat().filter((page) => !first.includes(page))];

let home: string;
let env: NodeJS.ProcessEnv;
before(async () => {
  home = await mkdtemp(path.join(tmpdir(), "tidegate-manual-"));
  env = shellEnvironment({
    ...gitEnvironment,
    HOME: home,
    TIDEGATE_DATA: path.join(home, "data"),
  });
  // A clone, as far as a reader can tell, to which nothing is written.
  await mkdir(path.join(home, "tidegate"));
  for (const name of await readdir(root)) {
    if (name !== ".git") await symlink(path.join(root, name), path.join(home, "tidegate", name));
  }
});
after(async () => {
  for (const child of started) if (child.pid !== undefined) killGroup(child.pid);
  const down = await runProgram(tidegateProgram, ["down"], { env, timeoutMs: 90_000 });
  assert.equal(down.code, 0, down.stderr);
  await eventuallyTrue(
    "nothing is left",
    async () => (await processesOf(home)).length === 0,
    5_000,
  );
  await rm(home, { recursive: true, force: true });
});

/** What the next block finds: a reader's shell goes on where it was. */
let cwd = "tidegate";
let exported = "";
const started: ReturnType<typeof spawn>[] = [];

interface Done {
  readonly code: number;
  readonly printed: string;
}

/** Runs a block by bash, which stops at the first command that fails, and keeps its directory and exports. */
async function runBlock(text: string): Promise<Done> {
  const script = `${exported}\ncd ${quoted(path.resolve(home, cwd))}\n
    trap 'code=$?; pwd > ~/.cwd; export -p > ~/.exports; exit $code' EXIT\nset -e\n${text}`;
  const output = path.join(home, ".output");
  await writeFile(output, "");
  // Its own group: what it leaves in the background is ended with the test. Output goes to a file, which
  // does not stay open for that.
  const child = spawn("bash", ["-c", `exec > ${quoted(output)} 2>&1\n${script}`], {
    env,
    detached: true,
    stdio: "ignore",
  });
  started.push(child);
  const timer = setTimeout(() => child.pid !== undefined && killGroup(child.pid), 90_000);
  const code = await new Promise<number>((resolve) => {
    child.once("exit", (status) => resolve(status ?? 128));
  });
  clearTimeout(timer);
  cwd = (await readFile(path.join(home, ".cwd"), "utf8").catch(() => cwd)).trim();
  exported = await readFile(path.join(home, ".exports"), "utf8").catch(() => exported);
  return { code, printed: await readFile(output, "utf8") };
}

function quoted(text: string): string {
  return `'${text.replaceAll("'", String.raw`'\''`)}'`;
}

function killGroup(pid: number): void {
  try {
    process.kill(-pid, "SIGKILL");
  } catch {
    // It has ended.
  }
}

let commandsRun = 0;

for (const page of pages) {
  test(`manual: ${page} does as it says`, async () => {
    // How-to guides speak of the examples that come with Tidegate, and of an app that is linked here.
    if (page.startsWith("docs/how-to/") && !first.includes(page)) cwd = path.join(home, "tidegate");
    let last: Done = { code: 0, printed: "" };
    for (const block of blocksOf(page, await readFile(path.join(root, page), "utf8"))) {
      const at = `${page}:${block.line}`;
      if (block.kind === "run") {
        last = await runBlock(block.text);
        commandsRun += 1;
        assert.equal(last.code, block.exit, `${at}: ${block.text}\n${last.printed}`);
      } else if (block.kind === "output") {
        const missing = missingLine(block.text, last.printed);
        assert.equal(missing, undefined, `${at}: "${missing}" is not in\n${last.printed}`);
      } else if (block.kind === "file") {
        await writeFile(path.resolve(home, cwd, block.name), block.text);
      } else if (block.kind === "manifest") {
        await isManifest(block.text, at);
      } else if (block.kind === "elsewhere") {
        assert.ok(existsSync(path.join(root, block.file)), `${at}: there is no ${block.file}`);
      } else {
        assert.ok(block.why.length > 10, `${at}: why is it not run?`);
      }
    }
  });
}

/** What reads manifests reads it. */
async function isManifest(text: string, at: string): Promise<void> {
  const directory = path.join(home, "manifest");
  await mkdir(directory, { recursive: true });
  await writeFile(path.join(directory, "index.html"), "<h1>hello</h1>");
  await writeFile(path.join(directory, "tidegate.yaml"), text);
  const { code, stderr } = await runProgram(tidegateProgram, ["plan", directory], { env });
  assert.equal(code, 0, `${at}: ${stderr}`);
}

test("manual: the instance serves it, every page by its links, and lets nothing load or run from elsewhere", async () => {
  const opened = await runProgram(tidegateProgram, ["open"], { env });
  const seen = new Set<string>();
  const waiting = ["/docs"];
  for (let address = waiting.pop(); address !== undefined; address = waiting.pop()) {
    if (seen.has(address)) continue;
    seen.add(address);
    const answer = await fetch(new URL(address, opened.stdout.trim()));
    assert.equal(answer.status, 200, address);
    assert.match(answer.headers.get("content-security-policy") ?? "", /^default-src 'none'/);
    const body = await answer.text();
    for (const [, href = ""] of body.matchAll(/<a href="(\/docs[^"#]*)/g)) waiting.push(href);
  }
  assert.ok(seen.size >= 100, `${seen.size} pages`);
});

test("manual: there was something to do", () => {
  assert.ok(pages.length >= 12, `${pages.length} pages`);
  assert.ok(commandsRun >= 30, `${commandsRun} blocks were run`);
});

test("manual: a block that says nothing of itself, and a line that is missing, would be found", () => {
  assert.throws(() => blocksOf("a.md", "```js\nf();\n```\n"), /what is it/);
  assert.equal(blocksOf("a.md", "<!-- exit: 2 -->\n\n```sh\nx\n```\n")[0]?.kind, "run");
  assert.equal(missingLine("a…c\nd", "abc\nx\nd\n"), undefined);
  assert.equal(missingLine("d\na…c", "abc\nd\n"), "a…c");
});
