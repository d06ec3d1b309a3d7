import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import type { GateRule } from "#domain";
import { decideGate, defaultRules, refusedApproval } from "./gate.ts";
import { factNames, type GateFacts } from "./facts.ts";
import { gateRuleCharsMax, gateRulesMax } from "./limits.ts";

const good: GateFacts = {
  app: "shop",
  author: "ana",
  tests: { passed: 412, failed: 0, skipped: 3, total: 415, outcome: "passed" },
  secrets: { found: 0, allowed: 1 },
  provenance: { verified: true, builder: "https://tidegate.dev/builder/self-hosted/v1" },
  change: {
    files: 3,
    added: 12,
    removed: 4,
    author: "ana@example.org",
    branch: "main",
    subject: "Round totals half to even",
  },
  artifact: { sizeBytes: 41_000_000 },
};

function decideOne(rule: string, facts: GateFacts = good): GateRule {
  const found = decideGate({ rules: { mine: rule }, facts }).rules.find((r) => r.name === "mine");
  assert.ok(found !== undefined);
  return found;
}

type Outcome = GateRule["outcome"];
// oxfmt-ignore
const rules: readonly (readonly [string, string, Outcome, RegExp])[] = [
  ["a rule that holds passes",            "tests.failed == 0",                  "passed", /^tests\.failed == 0 holds: tests\.failed is 0$/],
  ["a rule that does not hold fails",     "tests.total > 415",                  "failed", /^tests\.total > 415 does not hold: tests\.total is 415$/],
  ["facts are compared with decimals",    "double(tests.skipped) / double(tests.total) < 0.01", "passed", /holds/],
  ["text is quoted in the reason",        'change.branch == "release"',         "failed", /change\.branch is "main"$/],
  ["a field may be named by index",       'tests["failed"] == 0',               "passed", /tests\.failed is 0/],
  ["a whole word may stand alone",        'app in ["shop", "till"]',            "passed", /app is "shop"/],
  ["text functions work",                 'change.author.endsWith("@example.org") && size(change.subject) < 72', "passed", /holds/],
  ["a rule without facts says no values", "1 < 2",                              "passed", /^1 < 2 holds$/],
  ["an unknown word is an error",         "nope == 1",                          "error",  /^no fact is called nope; there are app, author, approver, tests\.…, .* and artifact\.…$/],
  ["a misspelt word is corrected",        "chnage.files < 3",                   "error",  /^no fact is called chnage\.files; did you mean change\.files\?$/],
  ["a misspelt field is corrected",       "tests.fialed == 0",                  "error",  /^no fact is called tests\.fialed; did you mean tests\.failed\?$/],
  ["a fact has no fields",                "app.size == 1",                      "error",  /^no fact is called app\.size; /],
  ["a group is no fact",                  "tests == 1",                         "error",  /^it cannot be evaluated: /],
  ["an unknown field is an error",        "tests.nope == 1",                    "error",  /^no fact is called tests\.nope; tests has passed, failed, skipped, total and outcome$/],
  ["two types do not compare",            'tests.failed == "0"',                "error",  /^it cannot be evaluated: no such overload: int == string/],
  ["a number is no answer",               "tests.failed + 1",                   "error",  /^it must be true or false, and gives int$/],
  ["half a rule is an error",             "tests.failed ==",                    "error",  /^it cannot be evaluated: unexpected token/],
  ["an empty rule is an error",           "",                                   "error",  /^it cannot be evaluated/],
  ["dividing by zero is an error",        "tests.total / tests.failed > 1",     "error",  /division by zero/],
  ["a loop is refused",                   "[1, 2].all(x, x > 0)",               "error",  /^it calls all, which rules may not; they may call has, .* and string$/],
  ["a loop is refused in any place",      "true || size([1].map(x, [x].map(y, y))) == 1", "error", /calls map/],
  ["a binding is refused",                "cel.bind(a, 1, a == 1)",             "error",  /calls bind/],
  ["a pattern is refused",                'change.subject.matches("(a+)+$")',   "error",  /calls matches/],
  ["the clock is out of reach",           'timestamp("2020-01-01T00:00:00Z").getFullYear() > 1', "error", /rules may not/],
  ["the longest rule is read",            "tests.failed == 0".padEnd(gateRuleCharsMax),     "passed", /holds/],
  ["one character more is not",           "tests.failed == 0".padEnd(gateRuleCharsMax + 1), "error",  /has 1001 characters; at most 1000/],
  ["too deep a rule is an error",         `${"(".repeat(400)}true${")".repeat(400)}`,       "error",  /^it cannot be evaluated/],
  ["too many parts are an error",         Array.from({ length: 240 }, () => "1").join("+") + " > 0", "error", /^it cannot be evaluated/],
];
for (const [claim, rule, outcome, because] of rules) {
  test(`gate rule: ${claim}`, () => {
    const judged = decideOne(rule);
    assert.equal(judged.outcome, outcome, judged.because);
    assert.match(judged.because, because);
  });
}

test("gate rule: the table reaches every outcome", () => {
  const every: Record<Outcome, 1> = { passed: 1, failed: 1, error: 1 };
  assert.deepEqual(
    [...new Set(rules.map((row) => row[2]))].toSorted(),
    Object.keys(every).toSorted(),
  );
});

test("gate rule: the facts a rule names are recorded with their values, and no others", () => {
  assert.deepEqual(decideOne('tests.failed == 0 && change.branch == "main"').inputs, {
    "tests.failed": 0,
    "change.branch": "main",
  });
});

test("gate rule: a fact that is not known makes the rule that asks for it an error", () => {
  const { files: _, ...change } = good.change;
  const judged = decideOne("change.files < 100", { ...good, change });
  assert.equal(judged.outcome, "error");
  assert.match(judged.because, /files/);
});

test("gate: the default rules pass a good change, in their order", () => {
  const decision = decideGate({ rules: {}, facts: good });
  assert.equal(decision.passed, true);
  assert.deepEqual(
    decision.rules.map((rule) => rule.name),
    Object.keys(defaultRules),
  );
});

// oxfmt-ignore
const bad: readonly (readonly [string, string, GateFacts])[] = [
  ["a failed test",        "tests",      { ...good, tests: { ...good.tests, failed: 1 } }],
  ["a new secret",         "secrets",    { ...good, secrets: { found: 1, allowed: 0 } }],
  ["no provenance",        "provenance", { ...good, provenance: { verified: false, builder: "" } }],
];
for (const [claim, name, facts] of bad) {
  test(`gate: ${claim} stops a change, and only that rule fails`, () => {
    const decision = decideGate({ rules: {}, facts });
    assert.equal(decision.passed, false);
    assert.deepEqual(
      decision.rules.filter((rule) => rule.outcome !== "passed").map((rule) => rule.name),
      [name],
    );
  });
}

test("gate: a manifest's rule replaces the default of its name and keeps the others", () => {
  const facts = { ...good, tests: { ...good.tests, failed: 1 } };
  const decision = decideGate({ rules: { tests: "tests.failed <= 1" }, facts });
  assert.equal(decision.passed, true);
  assert.equal(decision.rules.length, 3);
});

test("gate: one rule that errs stops a change that meets all others", () => {
  assert.equal(decideGate({ rules: { mine: "nope" }, facts: good }).passed, false);
});

function many(count: number): Record<string, string> {
  return Object.fromEntries(Array.from({ length: count }, (_, n) => [`r${n}`, "true"]));
}

test("gate: at most gateRulesMax rules; with one more nothing passes", () => {
  assert.equal(decideGate({ rules: many(gateRulesMax - 3), facts: good }).passed, true);
  const over = decideGate({ rules: many(gateRulesMax - 2), facts: good });
  assert.equal(over.passed, false);
  assert.match(over.rules[0]?.because ?? "", /33 rules; at most 32/);
});

test("gate: every fact can be asked for", () => {
  // Who approves is asked for later.
  assert.ok(factNames.includes("approver"));
  for (const name of factNames.filter((each) => each !== "approver")) {
    assert.equal(decideOne(`${name} == ${name}`).outcome, "passed", name);
  }
});

test("gate: any text is decided, never thrown, and never passes by accident of its form", () => {
  const piece = fc.constantFrom(
    "tests",
    ".",
    "failed",
    "==",
    "0",
    "(",
    ")",
    "[",
    "]",
    "'",
    '"',
    "&&",
    "!",
    "?",
    ":",
    "all",
    "x",
    ",",
    " ",
    "\\",
    "\u0000",
    "{",
    "}",
    "-",
    "9".repeat(30),
  );
  fc.assert(
    fc.property(
      fc.array(piece, { maxLength: 40 }).map((parts) => parts.join("")),
      (rule) => {
        const judged = decideOne(rule);
        assert.ok(["passed", "failed", "error"].includes(judged.outcome));
        assert.ok(judged.because.length > 0);
      },
    ),
  );
});

test("gate rule: what holds for want of tests says so, and what asks for them does not hold", () => {
  const none = { passed: 0, failed: 0, skipped: 0, total: 0, outcome: "none" };
  const decision = decideGate({ rules: {}, facts: { ...good, tests: none } });
  assert.equal(decision.passed, true);
  assert.deepEqual(
    decision.rules.map(({ name, isUntested }) => [name, isUntested]),
    [
      ["tests", true],
      ["secrets", undefined],
      ["provenance", undefined],
    ],
  );
  assert.match(decision.rules[0]?.because ?? "", /tests\.failed is 0, as no test was run$/);
  const asked = decideOne("tests.passed > 0", { ...good, tests: none });
  assert.deepEqual([asked.outcome, asked.isUntested], ["failed", undefined]);
  assert.equal(decideOne("tests.failed == 0").isUntested, undefined, "a control: with tests");
});

// oxfmt-ignore
const approvals: readonly (readonly [claim: string, rule: string, approver: string, refused: RegExp | undefined])[] = [
  ["somebody else may",                      "approver != author",                          "bo",  undefined],
  ["the author may not",                     "approver != author",                          "ana", /^approver != author does not hold: .*approver is "ana"/],
  ["who is on the list may",                 'approver in ["bo", "cy"]',                    "bo",  undefined],
  ["who is not may not",                     'approver in ["bo", "cy"]',                    "dee", /does not hold/],
  ["small changes may go alone",             "approver != author || change.files < 5",      "ana", undefined],
  ["a rule about something else is no rule", "tests.failed == 1",                           "ana", undefined],
  ["one that divides by zero fails closed",  'approver != "" && 1 / tests.failed == 1',     "bo",  /division by zero/],
];
for (const [claim, rule, approver, refused] of approvals) {
  test(`gate approval: ${claim}`, () => {
    const found = refusedApproval({ rules: { mine: rule }, facts: { ...good, approver } });
    if (refused === undefined) assert.equal(found, undefined);
    else assert.match(found?.because ?? "", refused);
  });
}

function decided(rule: string) {
  return decideGate({ rules: { mine: rule }, facts: good });
}

test("gate approval: the gate leaves a rule about the approver for then, but not one that cannot be read", () => {
  assert.deepEqual(
    decided("approver != author").rules.map(({ name }) => name),
    Object.keys(defaultRules),
  );
  assert.equal(decided("approver != author").passed, true);
  assert.equal(decided("approver !=").passed, false);
  assert.equal(decided("approver == 1").passed, false, "a name is no number");
});
