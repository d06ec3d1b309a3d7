/**
 * The walls of the house: which room may import which, and where effects and packages may appear.
 * Reads every import, re-export and `import()`; a seeded bad import of each kind must be refused.
 */
import assert from "node:assert/strict";
import { existsSync, readFileSync } from "node:fs";
import { glob } from "node:fs/promises";
import { dirname, join, posix } from "node:path";
import { test } from "node:test";
import { fileURLToPath } from "node:url";
import { parseSync } from "oxc-parser";

const root = join(dirname(fileURLToPath(import.meta.url)), "..");

interface Room {
  readonly mayImport: readonly string[];
  /** Packages and built-ins. `io`: only below the room's `io/`. `zod`: that package and no built-in. */
  readonly effects: "none" | "io" | "any" | "zod";
  readonly isForTests?: true;
}

const stage: Room = { mayImport: ["std", "std/yaml", "domain"], effects: "io" };
const stages = ["source", "build", "test", "assure", "rollout", "feedback"];
const ground: Room = { mayImport: ["std", "domain"], effects: "any" };

const rooms: Readonly<Record<string, Room>> = {
  std: { mayImport: [], effects: "none" },
  "std/yaml": { mayImport: ["std"], effects: "none" },
  "std/testing": { mayImport: ["std"], effects: "none", isForTests: true },
  domain: { mayImport: ["std"], effects: "none" },
  delivery: {
    mayImport: ["std", "domain", ...stages.map((name) => `delivery/${name}`)],
    effects: "none",
  },
  ...Object.fromEntries(stages.map((name) => [`delivery/${name}`, stage])),
  "ground/platform": ground,
  "ground/mesh": ground,
  "ground/certificates": ground,
  "ground/observe": ground,
  "ground/sign-in": ground,
  "ground/storage": ground,
  "ground/people": ground,
  "ground/storage/testing": {
    ...ground,
    mayImport: ["std", "domain", "ground/storage"],
    isForTests: true,
  },
  "faces/api/contract": { mayImport: ["std", "domain"], effects: "zod" },
  "faces/api": { mayImport: ["std", "domain", "delivery", "faces/api/contract"], effects: "any" },
  "faces/cli": {
    // Stages only for what is to hold without an instance: `plan`, trials (decision 0084), and evidence (0235).
    mayImport: [
      "std",
      "domain",
      "faces/api/contract",
      "delivery/build",
      "delivery/assure",
      "delivery/rollout",
    ],
    effects: "any",
  },
  "faces/console": { mayImport: ["std", "domain", "faces/api/contract"], effects: "any" },
};

/** Outside `src`: benchmarks measure two rooms by their doors; journeys and tools know no source. */
const outside: Readonly<Record<string, readonly string[]>> = {
  bench: ["std", "domain", "delivery/rollout", "ground/mesh"],
  journeys: [],
  tools: [],
};

/** Code without effect or state that may use a package or built-in; pure files may import it. */
const pureExceptions: Readonly<
  Record<string, { readonly uses: string; readonly because: string }>
> = {
  "src/std/digest.ts": {
    uses: "node:crypto",
    because: "hashing; our own would be slower and worse",
  },
  "src/delivery/assure/rule.ts": {
    uses: "@marcbachmann/cel-js",
    because: "an interpreter without loops: text and facts in, value out",
  },
  "src/std/yaml/parse-yaml.ts": { uses: "yaml", because: "a parser: text in, value out" },
  "src/delivery/build/io/parse-toml.ts": {
    uses: "smol-toml",
    because: "a parser: text in, value out",
  },
};

/** The composition root, a file per process that it composes, and this test. */
const unroomed = new Set([
  "src/main.ts",
  "src/server.ts",
  "src/server-ssh.ts",
  "src/supervisor.ts",
  "src/supervisor-ports.ts",
  "src/supervisor-public.ts",
  "src/supervisor-environment.ts",
  "src/supervisor-environment.test.ts",
  "src/supervisor-ports.test.ts",
  "src/prospect.ts",
  "src/version.ts",
  "src/arch.test.ts",
]);

interface Import {
  readonly from: string;
  /** Absent for an `import()` of something computed. */
  readonly to?: string;
}

/** Says why an import is not allowed, or nothing when it is. */
function refusalOf({ from, to }: Import): string | undefined {
  if (to === undefined) return "an import() must name what it imports";
  if (unroomed.has(from)) return undefined;
  const home = roomOf(from);
  if (home === undefined) return refusalOutside(from, to);
  if (to.startsWith(".")) return refusalInside(from, to, home);
  if (to.startsWith("#")) return refusalOfDoor(to.slice(1), home, isForTests(from));
  return refusalOfEffect(from, to, home);
}

/** A package or a built-in of Node. */
function refusalOfEffect(from: string, to: string, home: string): string | undefined {
  if (isForTests(from) || pureExceptions[from]?.uses === to) return undefined;
  const effects = rooms[home]?.effects;
  const isInIo = effects === "io" && from.startsWith(`src/${home}/io/`);
  if (effects === "any" || isInIo || (effects === "zod" && to === "zod")) return undefined;
  return `${home} may not use packages and built-ins here (${effects})`;
}

function refusalOutside(from: string, to: string): string | undefined {
  const place = from.split("/")[0] ?? "";
  const allowed = outside[place];
  if (allowed === undefined) return "this file belongs to no room";
  if (to.startsWith("#")) {
    return allowed.includes(to.slice(1)) ? undefined : `${place}/ may not import ${to}`;
  }
  if (!to.startsWith(".")) return undefined;
  const target = posix.join(posix.dirname(from), to);
  return target.startsWith(`${place}/`) ? undefined : `${place}/ may not reach into ${target}`;
}

function refusalInside(from: string, to: string, home: string): string | undefined {
  const target = posix.join(posix.dirname(from), to);
  if (roomOf(target) !== home) return `${target} is another room: import its door`;
  if (isForTests(from)) return undefined;
  if (isForTests(target)) return `${target} is for tests`;
  const isDoor = from === `src/${home}/index.ts`;
  const io = `src/${home}/io/`;
  const isInto = target.startsWith(io) && !from.startsWith(io) && !(target in pureExceptions);
  if (rooms[home]?.effects === "io" && isInto && !isDoor)
    return "a pure file may not import from io/";
  return undefined;
}

function refusalOfDoor(target: string, home: string, isTest: boolean): string | undefined {
  const room = rooms[target];
  if (room === undefined) return `#${target} is not a room`;
  if (isTest && (target.startsWith("ground/") || target === "std/testing")) return undefined;
  if (room.isForTests) return `#${target} is for tests`;
  if (target === home && isTest) return undefined;
  return rooms[home]?.mayImport.includes(target) ? undefined : `${home} may not import ${target}`;
}

function isForTests(path: string): boolean {
  const isTest = /\.(?:test|testing|conformance)\.tsx?$/.test(path);
  return isTest || rooms[roomOf(path) ?? ""]?.isForTests === true;
}

/** The most specific room that holds a file. */
function roomOf(path: string): string | undefined {
  return Object.keys(rooms)
    .filter((name) => path.startsWith(`src/${name}/`))
    .toSorted((a, b) => b.length - a.length)[0];
}

function importsOf(path: string, text: string): readonly Import[] {
  const { module } = parseSync(path, text);
  const named = [
    ...module.staticImports.map((found) => found.moduleRequest.value),
    ...module.staticExports.flatMap((found) =>
      found.entries.flatMap((entry) => entry.moduleRequest?.value ?? []),
    ),
  ];
  const dynamic = module.dynamicImports.map(
    ({ moduleRequest: { start, end } }) => /^(["'])(.*)\1$/.exec(text.slice(start, end))?.[2],
  );
  return [...named, ...dynamic].map((to) =>
    to === undefined ? { from: path } : { from: path, to },
  );
}

const files: string[] = [];
for await (const file of glob("{src,bench,journeys,tools}/**/*.{ts,tsx}", { cwd: root })) {
  files.push(file.replaceAll("\\", "/"));
}
const imports = files.flatMap((file) => importsOf(file, readFileSync(join(root, file), "utf8")));

test("arch: every import keeps to the table", () => {
  const refused = imports.flatMap((found) => {
    const why = refusalOf(found);
    return why === undefined ? [] : [`${found.from} imports ${found.to}: ${why}`];
  });
  assert.deepEqual(refused, []);
});

test("arch: every source file belongs to a room, and every room in use has a door that says what it is for", () => {
  const homeless = files.filter(
    (file) => file.startsWith("src/") && !unroomed.has(file) && roomOf(file) === undefined,
  );
  assert.deepEqual(homeless, []);
  const inUse = Object.keys(rooms).filter((room) => files.some((file) => roomOf(file) === room));
  const withoutDoor = inUse.filter((room) => {
    const door = join(root, "src", room, "index.ts");
    return !existsSync(door) || !readFileSync(door, "utf8").startsWith("/**");
  });
  assert.deepEqual(withoutDoor, []);
});

test("arch: the test looked at the house and not at an empty lot", () => {
  assert.ok(files.length >= 150, `only ${files.length} files`);
  assert.ok(imports.length >= 500, `only ${imports.length} imports`);
  assert.ok(new Set(files.map(roomOf)).size >= 10, "fewer than ten rooms");
});

test("arch: an exception is in use and says why", () => {
  for (const [path, { uses, because }] of Object.entries(pureExceptions)) {
    assert.ok(
      imports.some(({ from, to }) => from === path && to === uses),
      `${path} does not use ${uses}`,
    );
    assert.ok(because.length > 10);
  }
});

// oxfmt-ignore
const seeded: readonly (readonly [string, string | undefined])[] = [
  ["src/std/x.ts",                     "#domain"],
  ["src/std/x.ts",                     "node:fs"],
  ["src/domain/x.ts",                  "zod"],
  ["src/domain/x.ts",                  "#delivery/build"],
  ["src/domain/x.ts",                  "../std/result.ts"],
  ["src/delivery/build/x.ts",          "node:fs"],
  ["src/delivery/build/x.ts",          "yaml"],
  ["src/delivery/build/x.ts",          "./io/directory-tree.ts"],
  ["src/delivery/build/io/x.ts",       "#delivery/test"],
  ["src/delivery/build/io/x.ts",       "#ground/storage"],
  ["src/delivery/build/io/x.ts",       "../../test/index.ts"],
  ["src/delivery/pipeline.ts",         "#ground/storage"],
  ["src/delivery/pipeline.ts",         "node:fs"],
  ["src/ground/mesh/x.ts",             "#ground/storage"],
  ["src/ground/mesh/x.ts",             "#delivery"],
  ["src/ground/mesh/x.ts",             "#faces/api"],
  ["src/ground/storage/x.ts",          "#ground/storage/testing"],
  ["src/ground/storage/x.ts",          "./fixtures.testing.ts"],
  ["src/faces/api/contract/x.ts",      "fastify"],
  ["src/faces/api/x.ts",               "#ground/storage"],
  ["src/faces/cli/x.ts",               "#faces/api"],
  ["src/faces/cli/x.ts",               "#delivery"],
  ["src/faces/console/x.tsx",          "#ground/observe"],
  ["src/delivery/assure/gate.test.ts", "../build/plan.ts"],
  ["src/delivery/assure/gate.test.ts", "#delivery/build"],
  ["src/delivery/assure/gate.ts",      "#delivery/assure/io"],
  ["src/delivery/assure/gate.ts",      undefined],
  ["src/stray.ts",                     "#std"],
  ["journeys/x.test.ts",               "#delivery"],
  ["journeys/x.test.ts",               "../src/main.ts"],
  ["bench/x.ts",                       "#ground/storage"],
  ["tools/x.ts",                       "#std"],
];
for (const [from, to] of seeded) {
  test(`arch: ${from} may not import ${to ?? "something computed"}`, () => {
    assert.notEqual(refusalOf(to === undefined ? { from } : { from, to }), undefined);
  });
}

// oxfmt-ignore
const allowed: readonly (readonly [string, string])[] = [
  ["src/delivery/pipeline.ts",            "#delivery/build"],
  ["src/delivery/build/io/x.ts",          "node:fs"],
  ["src/delivery/build/index.ts",         "./io/x.ts"],
  ["src/delivery/build/io/x.test.ts",     "#ground/platform"],
  ["src/delivery/source/io/x.test.ts",    "#ground/storage/testing"],
  ["src/faces/api/contract/x.ts",         "zod"],
  ["bench/verdict/drive.ts",              "#delivery/rollout"],
];
for (const [from, to] of allowed) {
  test(`arch: ${from} may import ${to}`, () => assert.equal(refusalOf({ from, to }), undefined));
}

test("arch: an import is seen in every form it can take", () => {
  const text = [
    'import "a";',
    'import { type B } from "b";',
    'export { c } from "c";',
    'export * from "d";',
    'const e = import("e");',
    "const f = import(e);",
  ].join("\n");
  const seen = importsOf("x.ts", text).map(({ to }) => to);
  assert.deepEqual(seen, ["a", "b", "c", "d", "e", undefined]);
});

test("arch: # leads to the sources, not to a build of yesterday, and Node is new enough to run them", () => {
  assert.ok(fileURLToPath(import.meta.resolve("#std")).startsWith(join(root, "src")));
  assert.ok(Number(process.versions.node.split(".")[0]) >= 24, process.versions.node);
});
