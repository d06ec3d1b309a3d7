import assert from "node:assert/strict";
import { test } from "node:test";
import { newId, type Arm, type FailedRequest } from "#domain";
import * as captured from "./captures.testing.ts";
import { newErrors, type Compared, type InstanceLines, type ReleaseLines } from "./new-errors.ts";

let drawn = 0;
const draw = (): number => {
  drawn += 0.017;
  return drawn % 1;
};

function instance(...texts: readonly string[]): InstanceLines {
  const lines = texts.flatMap((text) => text.split("\n"));
  return {
    instance: newId("ins", draw),
    lines: lines.map((text, index) => ({ text, number: index + 101 })),
    writtenAt: (text) => (text.startsWith("TypeError") ? 7_000 : undefined),
  };
}

function release(...of: readonly InstanceLines[]): ReleaseLines {
  const lines = of.reduce((sum, each) => sum + each.lines.length, 0);
  return { root: "/app", of, instances: of.length, lines, isCut: false };
}

async function compare(given: Partial<Compared>) {
  const nothing = release();
  const usual: Compared = {
    candidate: nothing,
    baseline: nothing,
    failures: [],
    redact: (text) => text,
    pause: async () => undefined,
  };
  return await newErrors({ ...usual, ...given });
}

function failure(arm: Arm, path: string, status: number): FailedRequest {
  const about = { at: 9, release: newId("rel", draw), method: "GET", durationMs: 1 };
  return { ...about, arm, path, status, requestId: `${arm}-1` };
}

test("new errors: what both have is not new, and the rest comes with count, place and example", async () => {
  const { errors, known, candidate } = await compare({
    candidate: release(
      instance("ready", captured.nodeThrown, captured.goPanic, captured.nodeThrown),
      instance(captured.nodeThrown, captured.pino),
    ),
    baseline: release(instance(captured.pino.replace("page 12", "page 7"))),
  });
  assert.deepEqual(
    errors.map(({ title, where, count, firstAt }) => [title, where, count, firstAt]),
    [
      [
        "TypeError: Cannot read properties of undefined (reading 'total')",
        "lib/cart.js:41",
        3,
        7_000,
      ],
      [
        "panic: runtime error: index out of range [<n>] with length <n>",
        "main.go:12",
        1,
        undefined,
      ],
    ],
  );
  const [first] = errors;
  assert.equal(first?.example.line, 102);
  assert.equal(first?.example.text.length, 4);
  assert.match(first?.example.text[0] ?? "", /^TypeError/);
  assert.equal(first?.example.text[1], "    at checkout (lib/cart.js:41:18)");
  assert.equal(known, 1);
  assert.deepEqual(candidate, { instances: 2, lines: 22, isCut: false });
});

test("new errors: requests are told by method and route, after what the app says itself", async () => {
  const failures = [
    failure("candidate", "/orders/1?page=2", 500),
    failure("candidate", "/orders/2", 500),
    failure("candidate", "/health", 503),
    failure("baseline", "/health", 503),
  ];
  const { errors, known } = await compare({
    failures,
    candidate: release(instance(captured.python)),
  });
  assert.deepEqual(
    errors.map(({ kind, title, count }) => [kind, title, count]),
    [
      ["log", "ZeroDivisionError: division by zero", 1],
      ["request", "GET /orders/:id gave 500", 2],
    ],
  );
  assert.deepEqual(errors[1]?.example.text, ["GET /orders/1"], "a query is the visitor's own");
  assert.equal(known, 1);
});

test("new errors: no secret and no control character is in title or example", async () => {
  const { errors } = await compare({
    candidate: release(
      instance("Error: no \u001b[31mhunter22\u0007 for you\n    at a (/app/a.js:1:2)"),
    ),
    redact: (text) => text.replaceAll("hunter22", "[PASSWORD]"),
  });
  assert.equal(errors[0]?.title, "Error: no [PASSWORD] for you");
  assert.equal(errors[0]?.example.text[0], "Error: no [PASSWORD]  for you");
});

test("new errors: no secret and no control character is in a type that a line of JSON tells", async () => {
  const err = { type: "hunter22\u001b[31m\u0007\nError", message: "gone" };
  const { errors } = await compare({
    candidate: release(instance(JSON.stringify({ level: 50, err }))),
    redact: (text) => text.replaceAll("hunter22", "[PASSWORD]"),
  });
  assert.equal(errors[0]?.title, "[PASSWORD] Error: gone");
});

test("new errors: kinds beyond the bound are counted, and what was not read is told", async () => {
  const many = Array.from({ length: 50 }, (_, index) => {
    const word = String.fromCharCode(97 + (index % 26)).repeat(3 + Math.floor(index / 26));
    return `Error: no ${word}\n    at ${word} (/app/${word}.js:1:2)`;
  });
  const { errors, more } = await compare({ candidate: release(instance(...many)) });
  assert.deepEqual([errors.length, more], [20, 30]);
  const flood = Array.from({ length: 2_001 }, () => "ERROR again");
  const flooded = await compare({ candidate: release(instance(...flood)) });
  assert.deepEqual([flooded.errors[0]?.count, flooded.candidate.isCut], [1_000, true]);
});

test("new errors: requests of the instances that tell of the one new error are told with it", async () => {
  const teller = instance(captured.nodeThrown);
  const by = (path: string) => ({ ...failure("candidate", path, 500), instance: teller.instance });
  const silent = { ...failure("candidate", "/pay", 503), instance: newId("ins", draw) };
  const told = await compare({
    candidate: release(teller),
    failures: [by("/"), by("/"), silent],
  });
  assert.deepEqual(
    told.errors.map(({ kind, answers }) => [kind, answers]),
    [
      ["log", [{ title: "GET / gave 500", count: 2 }]],
      ["request", undefined],
    ],
  );
  const several = await compare({
    candidate: release(instance(captured.nodeThrown, captured.goPanic), teller),
    failures: [by("/")],
  });
  assert.ok(several.errors.some(({ title }) => title === "GET / gave 500"));
});
