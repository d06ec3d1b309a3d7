import assert from "node:assert/strict";
import { glob, readFile } from "node:fs/promises";
import { userInfo } from "node:os";
import path from "node:path";
import { test } from "node:test";
import { fileURLToPath } from "node:url";
import { stripVTControlCharacters } from "node:util";
import fc from "fast-check";
import type { RolloutResource } from "#faces/api/contract";
import { configDirectory, dataDirectory } from "./data-directory.ts";
import { parseEndpoint } from "./endpoint.ts";
import { parseServerEvents } from "./event-source.ts";
import { paintFor } from "./render/paint.ts";
import { printable } from "./render/printable.ts";
import { renderRollout } from "./render/rollout.ts";
import { renderTable } from "./render/table.ts";
import { ago, counted, percent } from "./render/words.ts";

// oxfmt-ignore
const directories: readonly (readonly [claim: string, env: Record<string, string>, isRoot: boolean, expected: string])[] = [
  ["a named one comes first, also for root", { TIDEGATE_DATA: "/srv/t", HOME: "/home/a" }, true, "/srv/t"],
  ["a relative one is made absolute", { TIDEGATE_DATA: "data", HOME: "/home/a" }, false, "/srv/data"],
  ["root has a place of its own", { HOME: "/root", XDG_DATA_HOME: "/x" }, true, "/var/lib/tidegate"],
  ["XDG_DATA_HOME counts", { HOME: "/home/a", XDG_DATA_HOME: "/x" }, false, "/x/tidegate"],
  ["a relative XDG_DATA_HOME does not", { HOME: "/home/a", XDG_DATA_HOME: "x" }, false, "/home/a/.local/share/tidegate"],
  ["an empty HOME does not", { HOME: "" }, false, `${userInfo().homedir}/.local/share/tidegate`],
  ["an empty TIDEGATE_DATA does not", { HOME: "/home/a", TIDEGATE_DATA: "" }, false, "/home/a/.local/share/tidegate"],
];
for (const [claim, env, isRoot, expected] of directories) {
  test(`data directory: ${claim}`, () => {
    assert.equal(dataDirectory(env, { isRoot, cwd: "/srv" }), expected);
  });
}

test("config directory: follows XDG_CONFIG_HOME", () => {
  assert.equal(configDirectory({ HOME: "/home/a" }), "/home/a/.config/tidegate");
  assert.equal(configDirectory({ HOME: "/home/a", XDG_CONFIG_HOME: "/c" }), "/c/tidegate");
});

// oxfmt-ignore
const ages: readonly (readonly [ms: number, expected: string])[] = [
  [0, "just now"], [4_999, "just now"], [5_000, "5 s ago"], [59_999, "59 s ago"], [60_000, "1 min ago"],
  [3_599_999, "59 min ago"], [3_600_000, "1 h ago"], [172_799_999, "47 h ago"], [172_800_000, "2 d ago"],
];
for (const [ms, expected] of ages) {
  test(`words: ${ms} ms are ${expected}`, () =>
    assert.equal(ago(1_000_000_000 - ms, 1_000_000_000), expected));
}

// oxfmt-ignore
const shares: readonly (readonly [ratio: number, expected: string])[] = [
  [0, "0 %"], [0.0019, "0.19 %"], [0.0999, "9.99 %"], [0.1, "10 %"], [0.4754, "47.5 %"], [1, "100 %"],
];
for (const [ratio, expected] of shares) {
  test(`words: ${ratio} is ${expected}`, () => assert.equal(percent(ratio), expected));
}

test("words: one is one", () => {
  assert.deepEqual([counted(1, "user"), counted(3904, "user")], ["1 user", "3,904 users"]);
});

// oxfmt-ignore
const printed: readonly (readonly [claim: string, text: string, expected: string])[] = [
  ["colours, tabs and lines stay", "\u001B[1;31mred\u001B[0m\ta\nb", "\u001B[1;31mred\u001B[0m\ta\nb"],
  ["a window keeps its name", "\u001B]0;x\u0007", "\u{fffd}]0;x\u{fffd}"],
  ["the cursor stays", "a\u001B[2J\u001B[1;1Hb\rc\u009B2J", "a\u{fffd}[2J\u{fffd}[1;1Hb\u{fffd}c\u{fffd}2J"],
  ["text keeps its direction", "user\u202Egnp.exe", "user\u{fffd}gnp.exe"],
  ["words of every language stay", "Grüße, 世界 👩‍💻", "Grüße, 世界 👩‍💻"],
];
for (const [claim, text, expected] of printed) {
  test(`terminal: ${claim}`, () => assert.equal(printable(text), expected));
}

test("table: columns line up, whatever colour the cells have", () => {
  const columns = [{ title: "A" }, { title: "N", align: "right" }, { title: "B" }] as const;
  const rows = [
    ["\u001B[1mx\u001B[22m", "1", "p"],
    ["long", "100", "q"],
  ];
  const text = renderTable(columns, rows, { dim: (line) => line });
  assert.equal(stripVTControlCharacters(text), "A       N  B\nx       1  p\nlong  100  q");
});

test("no file of the command line loads the contract when it runs: that would cost its whole start", async () => {
  const here = fileURLToPath(new URL(".", import.meta.url));
  let imports = 0;
  for await (const file of glob("**/*.ts", {
    cwd: here,
    exclude: (name) => name.endsWith(".test.ts"),
  })) {
    const text = await readFile(path.join(here, file), "utf8");
    for (const [statement] of text.matchAll(/^import [^;]*from "#faces[^"]*";$/gm)) {
      imports += 1;
      // With verbatim module syntax, `import { type … }` still loads the module.
      assert.match(statement, /^import type /, file);
    }
  }
  assert.ok(imports >= 8, `only ${imports} imports`);
});

test("endpoint: half a file is none, and members that are missing get their defaults", () => {
  assert.equal(parseEndpoint('{"pid": 1, "url'), undefined);
  assert.equal(parseEndpoint("null"), undefined);
  assert.equal(parseEndpoint('{"url":"http://x"}'), undefined);
  assert.deepEqual(parseEndpoint('{"pid":7}')?.notes, []);
});

test("events: however the text is cut, the same events come out", async () => {
  const text =
    ': alive\n\nid: 1\nevent: entry\ndata: {"a":1}\n\nretry: 500\n\nevent: end\ndata: {}\n\nid: 9\ndata: cut';
  const expected = [
    { id: "1", name: "entry", data: '{"a":1}' },
    { name: "end", data: "{}" },
  ];
  const cuts = fc.array(fc.nat(text.length), { maxLength: 12 });
  await fc.assert(
    fc.asyncProperty(cuts, async (points) => {
      const edges = [0, ...points.toSorted((a, b) => a - b), text.length];
      async function* pieces() {
        for (const [index, from] of edges.entries()) yield text.slice(from, edges[index + 1]);
      }
      const events: unknown[] = [];
      for await (const event of parseServerEvents(pieces())) events.push(event);
      assert.deepEqual(events, expected);
    }),
  );
});

const met = { usersExposed: 61, usersHarmed: 29, candidateRequests: 214, candidateErrors: 64 };
// oxfmt-ignore
const verdicts: readonly (readonly [kind: string, sentence: string, expected: string])[] = [
  ["harmful", "errors: 3 of 4", "harmful: errors: 3 of 4"],
  ["no_traffic", "no traffic: neither had any", "no traffic: neither had any"],
  ["not_enough_evidence", "not enough evidence yet on errors", "not enough evidence yet on errors"],
];
for (const [kind, sentence, expected] of verdicts) {
  test(`rollout: the verdict's word is said once: ${expected}`, () => {
    assert.match(textOf({}, { kind, sentence }), new RegExp(`verdict +${expected}\n`));
  });
}

// oxfmt-ignore
const crowds: readonly (readonly [claim: string, totals: Partial<typeof met & { requestsByRule: number }>, exposure: string, harmed: string])[] = [
  ["users are counted", {}, "20 % of users now", "29 of 61 users who met it"],
  ["one is one", { usersExposed: 1, usersHarmed: 0 }, "20 % of users now", "0 of 1 user who met it"],
  ["requests without a cookie are not users", { usersExposed: 0, usersHarmed: 0 }, "20 % of requests now", "not counted: no request had a user's cookie"],
  ["users by rule are told as such", { requestsByRule: 214 }, "20 % of users now", "29 of 61 users who met it, all by rule or preview: they are not compared"],
  ["nobody is nobody", { usersExposed: 0, usersHarmed: 0, candidateRequests: 0 }, "20 % of users now", "nobody has met it"],
];
for (const [claim, totals, exposure, harmed] of crowds) {
  test(`rollout: ${claim}`, () => {
    const text = textOf(totals, { kind: "no_traffic", sentence: "" });
    assert.match(text, new RegExp(`exposure +${exposure}\n`));
    assert.match(text, new RegExp(`harmed +${harmed}\n`));
  });
}

test("rollout: memory is a size, and the table fits into 120 columns", () => {
  const sides = {
    baseline: { events: 80_000_000, sample: 536_870_912 },
    candidate: { events: 86_114_304, sample: 536_870_912 },
  };
  const memory = {
    name: "saturation",
    unit: "instances",
    verdict: "not_enough_evidence",
    ...sides,
  };
  const guardrails = [
    { ...memory, tolerance: { ratio: 1.5, absolute: 0.005 }, forecastMs: 60_000 },
  ];
  const text = textOf({}, { kind: "no_traffic", sentence: "" }, guardrails);
  assert.match(text, /80 MB of 537 MB \(14\.9 %\) {2}86 MB of 537 MB \(16 %\) {2}memory/);
  assert.ok(
    text.split("\n").every((line) => line.length <= 120),
    text,
  );
});

test("rollout: why a guardrail shows nothing of the candidate is said once, and crashes need no reason", () => {
  const none = { events: 0, sample: 0 };
  const open = { verdict: "not_enough_evidence", tolerance: { ratio: 1.5 }, candidate: none };
  const seen = { baseline: { events: 2, sample: 400 } };
  const guardrails = [
    { ...open, ...seen, name: "errors", unit: "users" },
    { ...open, ...seen, name: "latency", unit: "requests" },
    { ...open, name: "crashes", unit: "instances", verdict: "safe", baseline: none },
  ];
  const nobody = { usersExposed: 0, usersHarmed: 0, candidateRequests: 0 };
  const text = textOf(nobody, { kind: "no_traffic", sentence: "" }, guardrails);
  assert.match(
    text,
    /^errors, latency: nothing seen of the candidate, as no request has reached it yet$/m,
  );
  assert.match(text, /^crashes +safe +not compared +no exit /m);
  const cold = textOf({}, { kind: "no_traffic", sentence: "" }, guardrails.slice(1));
  assert.match(
    cold,
    /^latency: nothing seen of the candidate, as its first 5\.0 s with requests are a cold start/m,
  );
});

function textOf(
  totals: Partial<typeof met>,
  verdict: { kind: string; sentence: string },
  guardrails: readonly object[] = [],
): string {
  const evidence = { guardrails, totals: { ...met, ...totals } };
  const stepping = { steps: [], stepNumber: 0, policy: { strategy: "adaptive", guardrails: [] } };
  const where = { state: "running", reason: "", exposurePercent: 20 };
  const given = { ...where, ...stepping, evidence, verdict };
  // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- what the text is made from
  return renderRollout(given as unknown as RolloutResource, {
    now: 0,
    paint: paintFor({ isTerminal: false }, {}),
  });
}
