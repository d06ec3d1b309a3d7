/**
 * The habits of the house that no linter knows. Each check is a function from a file to complaints, has
 * a bad example that it must catch, and a floor on what it looked at.
 */
import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { existsSync, readFileSync, statSync } from "node:fs";
import { basename, dirname, join } from "node:path";
import { test } from "node:test";
import { parseSync } from "oxc-parser";

const root = join(import.meta.dirname, "..");
const ownPath = pathAbove(root);

interface File {
  readonly path: string;
  readonly text: string;
}

interface Check {
  readonly name: string;
  readonly looksAt: RegExp;
  /** At least this many files, or the check has lost its way. */
  readonly filesMin: number;
  /** One complaint per fault, each a phrase that says where. */
  readonly complain: (file: File) => readonly string[];
  readonly bad: File;
  /** Close to the bad one and fine. */
  readonly good: File;
}

/** Files that are better read whole than kept under 400 lines. */
const longFiles: Readonly<Record<string, string>> = {
  "src/ground/platform/runtime.conformance.ts": "one suite, which every driver passes as a whole",
  "src/delivery/feedback/story.test.ts": "one table that reaches every type of journal entry",
  "src/delivery/source/io/git-host.test.ts":
    "one git host, started once, pushed to in every way that must be taken or refused",
  "src/ground/sign-in/sign-in.test.ts":
    "one database of people, tried with every credential that must be taken or refused",
  "src/faces/api/api.test.ts": "one server, started once, asked everything the contract promises",
  "src/faces/api/sign-in.test.ts":
    "one server, started once, asked by every browser that must be let in or kept out",
  "src/faces/api/shop.testing.ts": "a whole delivery as literals, for the tests of the API",
};
const longFileLines = 400;
const columnsMax = 100;
/** Sentences may run on a little: a comment that is rewrapped for one word makes a noisy diff. */
const commentColumnsMax = 120;

const glossary = readFileSync(join(root, "GLOSSARY.md"), "utf8");
/** The words in the last column of the glossary's tables. */
const banned = glossary
  .split("\n")
  .filter((line) => line.startsWith("| "))
  .flatMap((line) => [...(line.split("|").at(-2) ?? "").matchAll(/`([^`]+)`/g)])
  .flatMap((match) => match[1] ?? []);
const bannedPattern = new RegExp(`\\b(?:${banned.join("|").replaceAll(" ", "[ -]")})s?\\b`, "i");

const codeFiles = /\.tsx?$/;
const proseFiles = /\.md$/;
const ownWords = /\.(?:tsx?|md|json|yaml|yml|sh)$/;

// Written in two halves where this file would otherwise complain about itself.
const words = {
  fix: ["FIX", "ME"].join(""),
  later: ["TO", "DO"].join(""),
  star: "export \\* from",
};

const checks: readonly Check[] = [
  {
    name: "code is at most 100 columns wide, but for text in quotes and marked tables",
    looksAt: codeFiles,
    filesMin: 150,
    complain: wideLines,
    bad: { path: "a.ts", text: `const a = ${"b + ".repeat(30)}c;` },
    good: {
      path: "a.ts",
      text: `test("${"a long claim ".repeat(9)}", () => {});\n// oxfmt-ignore\nconst t = [\n  [${"1, ".repeat(60)}],\n];`,
    },
  },
  {
    name: "a page has one first heading",
    looksAt: proseFiles,
    filesMin: 4,
    complain: ({ text }) =>
      (text.replaceAll(/^```[^]*?^```/gm, "").match(/^# /gm)?.length ?? 0) === 1
        ? []
        : ["not one H1"],
    bad: { path: "a.md", text: "# one\n\n# two\n" },
    good: { path: "a.md", text: "# one\n\n```sh\n# a comment\n```\n\n## two\n" },
  },
  {
    name: "nothing lands that says it is broken, and what is left to do has an issue",
    looksAt: ownWords,
    filesMin: 150,
    complain: ({ text }) => [
      ...matches(text, new RegExp(`\\b${words.fix}\\b`)),
      ...matches(text, new RegExp(`\\b${words.later}\\b(?!\\(#\\d+\\))`)),
    ],
    bad: { path: "a.ts", text: `// ${words.later}: later` },
    good: { path: "a.ts", text: `// ${words.later}(#12): later, and a mastodon` },
  },
  {
    name: "a door lists what it offers",
    looksAt: codeFiles,
    filesMin: 150,
    complain: ({ text }) => matches(text, new RegExp(`^${words.star}`)),
    bad: { path: "a.ts", text: `${words.star.replace("\\", "")} "./b.ts";` },
    good: { path: "a.ts", text: 'export { b } from "./b.ts";' },
  },
  {
    name: "a file is named for what it exports",
    looksAt: codeFiles,
    filesMin: 150,
    complain: ({ path }) =>
      /^(?:utils?|helpers?|common|types|managers?|misc|shared|constants)\.tsx?$/.test(
        basename(path),
      ) || /[A-Z_]/.test(basename(path))
        ? ["the name says nothing, or is not in kebab-case"]
        : [],
    bad: { path: "src/std/utils.ts", text: "" },
    good: { path: "src/delivery/build/detect/node-package-manager.ts", text: "" },
  },
  {
    name: "a limit has a unit",
    looksAt: /(?:^|\/)limits\.ts$/,
    filesMin: 6,
    complain: ({ text }) =>
      [...text.matchAll(/^(?:export const|  )\s*(\w+)(?:: number)?\s*[=:] [\d(]/gm)]
        .flatMap((match) => match[1] ?? [])
        .filter((name) => !hasUnit(name))
        .map((name) => `${name} has no unit`),
    bad: { path: "limits.ts", text: "export const stopTimeout = 30;" },
    good: {
      path: "limits.ts",
      text: "export const stopTimeoutMs = 30;\nexport const rulesMax = 3;",
    },
  },
  {
    name: "the glossary's words are used, not their synonyms",
    looksAt: /^(?!GLOSSARY|CHANGELOG|package).*\.(?:tsx?|md)$/,
    filesMin: 150,
    complain: ({ text }) => matches(text, bannedPattern),
    bad: { path: "a.md", text: `the ${banned.find((word) => word.startsWith("error")) ?? ""}s` },
    good: { path: "a.md", text: "the error ratio of the candidate" },
  },
  {
    name: "a path or test that a page names is there",
    looksAt: /^(?:ARCHITECTURE|README|CONTRIBUTING|GLOSSARY)\.md$/,
    filesMin: 2,
    complain: ({ text }) => [...stalePaths(text), ...staleTests(text)],
    bad: { path: "ARCHITECTURE.md", text: "kept by `src/gone.test.ts`" },
    good: {
      path: "ARCHITECTURE.md",
      text: 'kept by `src/arch.test.ts` "arch: every import keeps to the table"',
    },
  },
  {
    name: "a test asserts something",
    looksAt: /\.test\.tsx?$/,
    filesMin: 20,
    complain: ({ text }) => [
      ...(/\btest(?:\.\w+)?\(/.test(text) || /[cC]onformance\(/.test(text)
        ? []
        : ["it has no test"]),
      ...(/\bassert\b[.(]|[cC]onformance\(/.test(text) ? [] : ["it asserts nothing"]),
    ],
    bad: { path: "a.test.ts", text: 'test("adds", () => add(1, 2));' },
    good: { path: "a.test.ts", text: 'test("adds", () => assert.equal(add(1, 2), 3));' },
  },
  {
    name: "a file over 400 lines is a listed exception",
    looksAt: codeFiles,
    filesMin: 150,
    complain: ({ path, text }) =>
      lineCount(text) > longFileLines && longFiles[path] === undefined
        ? [`${lineCount(text)} lines`]
        : [],
    bad: { path: "a.ts", text: "\n".repeat(401) },
    good: { path: "a.ts", text: "\n".repeat(399) },
  },
  {
    name: "no path of one machine and no host of one registry",
    looksAt: /^(?!LICENSE)/,
    filesMin: 150,
    complain: ({ text }) => [
      // Where this checkout lies, wherever that is; examples of other people's homes are fine.
      ...matches(text, ownPath),
      ...matches(
        text,
        /"resolved": "https?:|^registry ?=|\bhttps?:\/\/(?:npm|registry|proxy|mirror)\.(?!npmjs\.org|example\.)/,
      ),
    ],
    bad: {
      path: "a.json",
      text: `"resolved": "${["https", "://npm.corp.example"].join("")}/a.tgz"`,
    },
    good: { path: "a.ts", text: 'const home = "/home/app"; const data = "./data/x";' },
  },
];

/** The folder above this checkout as a path in a text, unless that is too common a name to tell. */
function pathAbove(checkout: string): RegExp {
  const above = dirname(checkout);
  const isTelling = above.length > 1 && above !== "/tmp" && above !== "/root";
  if (!isTelling) return /(?!)/;
  const literal = above.replaceAll(/[.*+?^${}()|[\]\\]/g, String.raw`\$&`);
  return new RegExp(String.raw`(?<![\w.~-])${literal}/[\w.]`);
}

function lineCount(text: string): number {
  return text.split("\n").length - 1;
}

/** Each line that holds the pattern, once. */
function matches(text: string, pattern: RegExp): readonly string[] {
  return text
    .split("\n")
    .flatMap((line, index) =>
      pattern.test(line) ? [`line ${index + 1}: ${line.trim().slice(0, 80)}`] : [],
    );
}

/** Text in quotes cannot be broken without changing it; everything else can, and tables are marked. */
function wideLines({ path, text }: File): readonly string[] {
  const { program, comments } = parseSync(path, text);
  const code = blanked(text, literalsOf(program));
  const isComment = new Set(comments.flatMap((found) => linesOf(text, found)));
  let isTable = false;
  return code.split("\n").flatMap((line, index) => {
    if (line.includes("oxfmt-ignore")) isTable = true;
    else if (/^[\])}]/.test(line)) isTable = false;
    const allowed = isComment.has(index) ? commentColumnsMax : columnsMax;
    if (isTable || line.trimEnd().length <= allowed) return [];
    return [`line ${index + 1} is ${line.trimEnd().length} wide without its quotes`];
  });
}

interface Span {
  readonly start: number;
  readonly end: number;
}

/** Strings, regular expressions and the fixed parts of templates, wherever they are in the tree. */
function literalsOf(program: unknown): readonly Span[] {
  const found: Span[] = [];
  const open: unknown[] = [program];
  while (open.length > 0) {
    const node = open.pop();
    if (Array.isArray(node)) open.push(...node);
    else if (typeof node === "object" && node !== null) {
      if (isLiteral(node)) found.push(node);
      else open.push(...Object.values(node));
    }
  }
  return found;
}

function isLiteral(node: object): node is Span {
  return "type" in node && /^(?:Literal|TemplateElement|JSXText)$/.test(String(node.type));
}

/** The text with these spans taken out, but for their line ends. */
function blanked(text: string, spans: readonly Span[]): string {
  let [rest, at] = ["", 0];
  for (const { start, end } of spans.toSorted((a, b) => a.start - b.start)) {
    rest += text.slice(at, start) + text.slice(start, end).replaceAll(/[^\n]/g, "");
    at = Math.max(at, end);
  }
  return rest + text.slice(at);
}

function linesOf(text: string, { start, end }: Span): readonly number[] {
  const first = text.slice(0, start).split("\n").length - 1;
  const count = text.slice(start, end).split("\n").length;
  return Array.from({ length: count }, (_, index) => first + index);
}

const units =
  /(?:Ms|Bytes|Chars|Columns|Lines|Percent|Ratio|Factor|Alpha|LogE|Count|Depth|Uid|Port|Stride)/;

/** A unit, or the plural of what is counted, in the name: `stopTimeoutMs`, `rulesMax`, `logLines`. */
function hasUnit(name: string): boolean {
  const capital = name.slice(0, 1).toUpperCase() + name.slice(1);
  return units.test(capital) || /[a-z]{2}(?<!s)s(?:[A-Z]|$)/.test(name);
}

/** What stands in backticks and looks like a file or folder of ours. */
function stalePaths(text: string): readonly string[] {
  return [
    ...text.matchAll(
      /`((?:src|docs|tools|journeys|bench|bin|examples)\/[\w./-]*[\w/]|[A-Z]+\.md)`/g,
    ),
  ]
    .flatMap((match) => match[1] ?? [])
    .filter((path) => !path.includes("NNNN") && !existsSync(join(root, path)))
    .map((path) => `${path} is not there`);
}

/** "`file.test.ts` "claim"": the file must hold the claim. */
function staleTests(text: string): readonly string[] {
  return [...text.matchAll(/`([\w./-]+\.test\.ts)`[,:]? "([^"]+)"/g)].flatMap((match) => {
    const [, path = "", claim = ""] = match;
    const file = join(root, path);
    return existsSync(file) && readFileSync(file, "utf8").includes(claim)
      ? []
      : [`${path} has no test "${claim}"`];
  });
}

const listed = execFileSync("git", ["ls-files", "-co", "--exclude-standard"], { cwd: root });
const files: readonly File[] = listed
  .toString()
  .split("\n")
  .filter(
    (path) => path !== "" && existsSync(join(root, path)) && statSync(join(root, path)).isFile(),
  )
  .map((path) => ({ path, text: readFileSync(join(root, path), "utf8") }));

for (const { name, looksAt, filesMin, complain, bad, good } of checks) {
  const seen = files.filter(({ path }) => looksAt.test(path));
  test(`tidy: ${name}`, () => {
    assert.deepEqual(
      seen.flatMap((file) => complain(file).map((fault) => `${file.path}: ${fault}`)),
      [],
    );
    assert.ok(seen.length >= filesMin, `looked at ${seen.length} files only`);
  });
  test(`tidy: the check that ${name} can fail`, () => {
    assert.ok(looksAt.test(bad.path));
    assert.notDeepEqual(complain(bad), []);
    assert.deepEqual(complain(good), []);
  });
}

test("tidy: an exception for a long file is needed and has a reason", () => {
  for (const [path, reason] of Object.entries(longFiles)) {
    const file = files.find((found) => found.path === path);
    assert.ok(
      file !== undefined && lineCount(file.text) > longFileLines,
      `${path} needs no exception`,
    );
    assert.ok(reason.length > 20, path);
  }
});

test("tidy: the glossary bans words, and every word has a meaning and a source", () => {
  assert.ok(banned.length >= 40, `only ${banned.length} banned words`);
  const rows = glossary.split("\n").filter((line) => /^\| (?!word|---)/.test(line));
  assert.ok(rows.length >= 40, `only ${rows.length} words`);
  for (const row of rows) assert.match(row, /^\| [^|]+ \| [^|]+ \| [^|]+ \| [^|]+ \|$/);
});
