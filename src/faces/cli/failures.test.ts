/**
 * Every failure of every command ends with the next command, whatever part fails: enumerated over the words
 * of the program, against a server that answers each with every problem there is, and against none.
 */
import assert from "node:assert/strict";
import { mkdtemp, readdir, readFile, rm, writeFile } from "node:fs/promises";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import path from "node:path";
import { after, before, test } from "node:test";
import { problemCodes } from "#faces/api/contract";
import { type Page, pagesOf } from "./manual/pages.ts";
import { programOf } from "./program.ts";
import { paintFor } from "./render/paint.ts";
import { runCommandLine } from "./run.ts";
import type { Terminal } from "./terminal.ts";

let directory: string;
before(async () => {
  directory = await mkdtemp(path.join(tmpdir(), "tidegate-failures-"));
  await writeFile(path.join(directory, "broken"), "rollout: [");
});
after(async () => await rm(directory, { recursive: true, force: true }));

interface Ran {
  readonly exitCode: number;
  readonly stdout: string;
  readonly stderr: string;
}

async function run(words: readonly string[], env: Record<string, string> = {}): Promise<Ran> {
  let stdout = "";
  let stderr = "";
  const terminal: Terminal = {
    env: { HOME: directory, TIDEGATE_DATA: path.join(directory, "data"), ...env },
    cwd: directory,
    isRoot: false,
    isInteractive: false,
    paint: paintFor({ isTerminal: false }, {}),
    paintNarration: paintFor({ isTerminal: false }, {}),
    now: () => 0,
    result: (text) => void (stdout += `${text}\n`),
    narrate: (text) => void (stderr += `${text}\n`),
  };
  return { exitCode: await runCommandLine(words, terminal), stdout, stderr };
}

const quiet: Terminal = {
  env: {},
  cwd: "/",
  isRoot: false,
  isInteractive: false,
  paint: paintFor({ isTerminal: false }, {}),
  paintNarration: paintFor({ isTerminal: false }, {}),
  now: () => 0,
  result: () => undefined,
  narrate: () => undefined,
};
const pages = pagesOf(programOf(quiet, "0").command);
const leaves = pages.filter(({ isGroup }) => !isGroup);

/** Something for each word that a command asks for. */
const samples: Readonly<Record<string, string>> = {
  name: "shop",
  app: "shop",
  "name=value": "A=b",
  release: "v11",
  step: "2",
  scenario: "broken",
  counts: "absent",
  format: "counts",
  shell: "bash",
  change: "chg_000000000001",
  rollout: "rol_000000000001",
};

function typed(page: Page): readonly string[] {
  const given = page.words
    .filter(({ isRequired }) => isRequired)
    .map(({ name }) => samples[name] ?? `no sample for ${name}`);
  const must = page.options
    .filter(({ isRequired }) => isRequired)
    .flatMap(({ long, value }) => [long, value === "n" ? "2" : "because"]);
  const app = page.options.some(({ long }) => long === "--app") ? ["--app", "shop"] : [];
  return [...page.name.split(" "), ...given, ...must, ...app];
}

/** The last line is one, and names something to type. */
function endsWithNext({ stderr }: Ran, what: string): void {
  const last = stderr.trimEnd().split("\n").at(-1) ?? "";
  assert.match(
    last,
    /^next: .*\b(?:tidegate|git|npm|export|edit|ls|see|kill) \S/,
    `${what}:\n${stderr}`,
  );
}

test("failures: there are commands to fail", () => {
  assert.ok(leaves.length >= 25, `${leaves.length} commands`);
});

test("failures: with nothing running, every command that needs an instance says how to start one", async () => {
  const alone = new Set(["up", "down", "doctor", "schema", "help", "man", "completion"]);
  let failed = 0;
  for (const page of leaves.filter(({ name }) => !alone.has(name))) {
    const ran = await run(typed(page));
    assert.notEqual(ran.exitCode, 0, page.name);
    assert.equal(ran.stdout, "", page.name);
    endsWithNext(ran, page.name);
    failed += 1;
  }
  assert.ok(failed >= 20, `${failed} failed`);
});

for (const code of problemCodes) {
  test(`failures: every command ends with the next command when the API says ${code}`, async () => {
    const server = createServer((_request, response) => {
      const problem = { code, detail: `it is ${code}`, next: "Ask again in a moment." };
      response.writeHead(400, { "content-type": "application/problem+json" });
      response.end(JSON.stringify(problem));
    });
    await new Promise<void>((resolve) => {
      server.listen(0, "127.0.0.1", resolve);
    });
    // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- a TCP server has one
    const { port } = server.address() as AddressInfo;
    const env = { TIDEGATE_URL: `http://127.0.0.1:${port}`, TIDEGATE_TOKEN: "t" };
    let failed = 0;
    // `up` would start one, and has its own tests; a directory without a repository cannot be linked.
    for (const page of leaves.filter(({ name }) => name !== "up")) {
      const ran = await run(typed(page), env);
      if (ran.exitCode === 0) continue;
      endsWithNext(ran, page.name);
      assert.doesNotMatch(ran.stderr, /internal error/, page.name);
      failed += 1;
    }
    server.close();
    assert.ok(failed >= 20, `${failed} failed`);
  });
}

test("failures: an option or word that is none, and one that is missing, are answered with help", async () => {
  for (const page of leaves) {
    const mistyped = await run([...typed(page), "--jsno"]);
    assert.equal(mistyped.exitCode, 2, page.name);
    assert.equal(mistyped.stderr.includes("Did you mean --json?"), true, page.name);
    endsWithNext(mistyped, page.name);
    const needs = page.words.some(({ isRequired }) => isRequired);
    if (!needs) continue;
    const bare = await run(page.name.split(" "));
    assert.equal(bare.exitCode, 2, page.name);
    endsWithNext(bare, page.name);
  }
});

test("failures: words that only group commands say which there are", async () => {
  const groups = pages.filter(({ name, isGroup }) => isGroup && name !== "");
  assert.ok(groups.length >= 5);
  for (const { name, commands } of groups) {
    const ran = await run(name.split(" "));
    assert.equal(ran.exitCode, 2);
    for (const command of commands) assert.ok(ran.stderr.includes(command));
    endsWithNext(ran, name);
  }
});

test("dry run: every command whose code sends more than questions is declared to change something", async () => {
  const found = await startsIn(path.join(import.meta.dirname, "words"));
  const sending: string[] = [];
  for (const { file, start, isDeclared } of found) {
    const code = await readFile(path.join(import.meta.dirname, "commands", file), "utf8");
    if (!reaches(code, start)) continue;
    sending.push(start);
    assert.ok(isDeclared, `${start} of ${file} changes something: declare it with leaf.changing`);
  }
  assert.ok(found.length >= 25, `${found.length} commands`);
  assert.ok(sending.length >= 6, sending.join(", "));
  assert.ok(reaches('function a() { b(); }\nfunction b() { call("POST /x"); }\n', "a"));
  assert.ok(!reaches('function a() { call("GET /x"); }\n', "a"));
});

test("dry run: what is declared to change something has it", () => {
  const changing = leaves.filter(({ isChanging }) => isChanging);
  for (const { name, options } of changing) {
    assert.ok(
      options.some(({ long }) => long === "--dry-run"),
      name,
    );
  }
  // What changes this machine alone is known by name: its code sends nothing.
  const names = changing.map(({ name }) => name);
  for (const name of ["up", "down", "link"]) assert.ok(names.includes(name), name);
});

interface Start {
  readonly file: string;
  /** The function that a command starts. */
  readonly start: string;
  readonly isDeclared: boolean;
}

/** What the words start, and whether they declare that it changes something: the declaration stands before it. */
async function startsIn(words: string): Promise<readonly Start[]> {
  const names = (await readdir(words)).filter((name) => name !== "leaf.ts");
  const texts = await Promise.all(
    names.map(async (name) => await readFile(path.join(words, name), "utf8")),
  );
  return texts.flatMap((text) => {
    const starts = text.matchAll(/import\("\.\.\/commands\/([\w-]+\.ts)"\)\)\s*\.(\w+)\(/g);
    return [...starts].map((match) => {
      const above = text.slice(0, match.index);
      const declaration = [...above.matchAll(/\bleaf(\.changing)?(?:<[^(]*>)?\(/g)].at(-1);
      assert.ok(declaration, match[0]);
      return {
        file: match[1] ?? "",
        start: match[2] ?? "",
        isDeclared: declaration[1] !== undefined,
      };
    });
  });
}

/** Whether a function of this code, or one that it calls there, asks with another method than GET. */
function reaches(code: string, start: string, seen = new Set<string>()): boolean {
  if (seen.has(start)) return false;
  seen.add(start);
  const body = new RegExp(
    `function ${start}\\b[^]*?(?=\\n(?:export )?(?:async )?function |$)`,
  ).exec(code)?.[0];
  if (body === undefined) return false;
  if (/"(?:POST|PUT|PATCH|DELETE) \//.test(body)) return true;
  const called = [...body.matchAll(/\b(\w+)\(/g)].map(([, name = ""]) => name);
  return called.some((name) => name !== start && reaches(code, name, seen));
}
