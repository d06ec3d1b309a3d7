import assert from "node:assert/strict";
import { test } from "node:test";
import * as captured from "./captures.testing.ts";
import { kindOf, normalised, routePattern } from "./kind.ts";
import { readErrors, readErrorsInTurns } from "./read-errors.ts";

function read(text: string) {
  const lines = text.split("\n").map((line, index) => ({ text: line, number: index + 1 }));
  return readErrors(lines, "/app").filter(({ type, message }) => (type ?? message) !== "");
}

/** Title, place, and the lines it begins at and has. */
function told(text: string): readonly unknown[] {
  return read(text).map((error) => {
    const { title, where } = kindOf(error);
    return [title, where, error.number, error.lines];
  });
}

// oxfmt-ignore
const captures: readonly (readonly [claim: string, text: string, expected: readonly unknown[]])[] = [
  ["Node: thrown and printed",           captured.nodeThrown,    [["TypeError: Cannot read properties of undefined (reading 'total')", "lib/cart.js:41", 1, 4]]],
  ["Node: what caused it belongs to it", captured.nodeWithCause, [["Error: could not load order <n>", "orders.js:7", 1, 6]]],
  ["Node: a message of several lines", captured.nodeLines, [["PrismaClientKnownRequestError: Unique constraint failed on the fields: (email)", "users.js:19", 1, 5]]],
  ["Node: a crash",                      captured.nodeCrashed,   [["TypeError: total.toFixed is not a function", "server.js:3", 5, 4]]],
  ["Node: it does not parse",            captured.nodeSyntax,    [["SyntaxError: Unexpected token '='", "server.js:9", 5, 3]]],
  ["Node: through a package",            captured.nodeInPackage, [["Error: Cannot set headers after they are sent to the client", "routes/users.js:33", 1, 4]]],
  ["Node: a warning is none",            captured.nodeWarning,   []],
  ["JSON: pino with a stack",            captured.pino,          [["RangeError: page <n> is too far", "pages.js:5", 1, 1]]],
  ["JSON: zap",                          captured.zap,           [["dial tcp <address>: connect: connection refused", undefined, 1, 1]]],
  ["JSON: a level below",                captured.pinoInfo,      []],
  ["Python: the innermost of its own",   captured.python,        [["ZeroDivisionError: division by zero", "app.py:14", 1, 10]]],
  ["Python: the last of a chain",        captured.pythonChained, [["LookupError: no order <n>", "store.py:10", 2, 15]]],
  ["Python: a group of exceptions",      captured.pythonGroup,   [["ExceptionGroup: several (<n> sub-exceptions)", "app.py:14", 1, 9]]],
  ["Python: without a message",          captured.pythonBare,    [["KeyboardInterrupt", "app.py:3", 1, 4]]],
  ["Go: a panic",                        captured.goPanic,       [["panic: runtime error: index out of range [<n>] with length <n>", "main.go:12", 1, 8]]],
  ["Go: a panic of a handler",           captured.goServing,     [["panic: runtime error: invalid memory address or nil pointer dereference", "shop.go:41", 1, 14]]],
  ["Go: a fatal error",                  captured.goDeadlock,    [["fatal error: all goroutines are asleep - deadlock!", "main.go:6", 1, 5]]],
  ["Java: with its cause",               captured.java,          [["java.lang.IllegalStateException: cart <n> is closed", "Cart.java:31", 1, 6]]],
  ["a line that says so",                "2026-11-26 00:10:11,482 ERROR could not reach 10.0.0.7:25", [["could not reach <address>", undefined, 1, 1]]],
  ["nginx",                              "2026/11/26 00:10:11 [error] 31#31: *7 open() failed", [["[error] <n>#<n>: *<n> open() failed", undefined, 1, 1]]],
  ["logfmt",                             'ts=1 level=error msg="cache is gone" key=7', [["cache is gone", undefined, 1, 1]]],
  ["a word in an access log is none",    '127.0.0.1 - - "GET /error HTTP/1.1" 200 12', []],
  ["an ordinary line is none",           "listening on 8080; errors go to stderr", []],
  ["nothing",                            "", []],
];
for (const [claim, text, expected] of captures) {
  test(`read errors: ${claim}`, () => assert.deepEqual(told(text), expected));
  test(`read errors: ${claim}, amid other lines`, () => {
    const around = told(`GET / 200\n${text}\nGET / 200`);
    assert.deepEqual(
      around.map((each) => (Array.isArray(each) ? each.slice(0, 2) : each)),
      expected.map((each) => (Array.isArray(each) ? each.slice(0, 2) : each)),
    );
  });
}

// oxfmt-ignore
const messages: readonly (readonly [string, string])[] = [
  ["x is not a function",                                     "x is not a function"],
  ["no user ana@example.org",                                 "no user <email>"],
  ["no user @.x@ana@b.example.org",                           "no user @.x@<email>"],
  ["order 8812 of 12 failed after 1,204.5 ms",                "order <n> of <n> failed after <n> ms"],
  ["no 6f1b9c1e-8a52-4c7e-9b3b-0a1f2c3d4e5f here",            "no <id> here"],
  ["at 0xdeadBEEF",                                           "at <hex>"],
  ["--request-8812abcdef- is gone",                           "--<id>- is gone"],
  ["chg_2szq3fy4p9wt is gone",                                "<id> is gone"],
  ["connect ECONNREFUSED 10.0.0.7:5432",                      "connect ECONNREFUSED <address>"],
  ["ENOENT: no such file, open '/var/data/ana/1.json'",       "ENOENT: no such file, open '<path>'"],
  ["GET https://api.example.org/v1/x?token=abc failed",       "GET <url> failed"],
  ["expired at 2026-11-26T00:10:11.482Z",                     "expired at <time>"],
  ["a\u001b[31mred\u001b[0m\u0007 \u202eword",                "ared word"],
];
for (const [message, expected] of messages) {
  test(`a message without what differs: ${expected}`, () =>
    assert.equal(normalised(message), expected));
}

// oxfmt-ignore
const routes: readonly (readonly [string, string])[] = [
  ["/",                                   "/"],
  ["/orders/8812?page=2",                 "/orders/:id"],
  ["/users/ana@example.org/cart",         "/users/:id/cart"],
  ["/o/6f1b9c1e-8a52-4c7e-9b3b-0a1f2c3d", "/o/:id"],
  ["/v1/products",                        "/v1/products"],
];
for (const [path, expected] of routes) {
  test(`the route of ${path}`, () => assert.equal(routePattern(path), expected));
}

const fingerprints = (text: string) => read(text).map((error) => kindOf(error).fingerprint);

test("kinds: the line of code may move, the function and the message make the kind", () => {
  const moved = captured.nodeThrown.replace("cart.js:41:18", "cart.js:57:3");
  assert.deepEqual(fingerprints(moved), fingerprints(captured.nodeThrown));
  const elsewhere = captured.nodeThrown.replace("at checkout", "at refund");
  assert.notDeepEqual(fingerprints(elsewhere), fingerprints(captured.nodeThrown));
  const other = captured.nodeThrown.replace("TypeError", "RangeError");
  assert.notDeepEqual(fingerprints(other), fingerprints(captured.nodeThrown));
});

test("read errors: what a hostile program prints takes no time", () => {
  const bad = ["a", "(", " at (", "a.", "1-a", "\u001b[", "@a.", "Error: ", "{".repeat(3)];
  const lines = bad.map((part) => part.repeat(2_000).slice(0, 2_000)).join("\n");
  const text = Array.from({ length: 50 }, () => lines).join("\n");
  // Not a measurement: with a pattern that takes exponential time this would not end.
  for (const error of read(text)) assert.ok(kindOf(error).title.length <= 200);
});

test("read errors: a stack is one also where members follow in braces, or spaces", () => {
  for (const end of ["", "  ", " {", " {  "]) {
    const text = `Error: x\n    at a (/app/a.js:1:2)${end}\nready`;
    assert.deepEqual(read(text)[0]?.at, { file: "a.js", line: 1, in: "a", isOwn: true });
  }
});

test("read errors: in turns, none is cut in two and none is read twice", async () => {
  const filler = Array.from({ length: 7 }, (_, index) => `GET /${index} 200`).join("\n");
  const parts = [captured.nodeThrown, captured.python, captured.goServing, captured.pythonChained];
  const text = Array.from({ length: 900 }, (_, index) => `${parts[index % 4] ?? ""}\n${filler}`);
  const lines = text
    .join("\n")
    .split("\n")
    .map((line, index) => ({ text: line, number: index + 1 }));
  let turns = 0;
  const inTurns = await readErrorsInTurns(lines, "/app", async () => void (turns += 1));
  assert.deepEqual(inTurns, readErrors(lines, "/app"));
  assert.equal(inTurns.length, 900);
  assert.ok(turns >= 5, `${turns} turns`);
});
