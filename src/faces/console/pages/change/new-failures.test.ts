import assert from "node:assert/strict";
import { test } from "node:test";
import { type Failure, newFailures } from "./new-failures.ts";

function failure(arm: Failure["arm"], path: string, status: number): Failure {
  return {
    at: 1,
    arm,
    release: "rel_1",
    method: "GET",
    path,
    status,
    durationMs: 1,
    requestId: "r",
  };
}

test("console: what failed before as well is not new, whatever was asked with it", () => {
  const found = newFailures([
    failure("baseline", "/cart?user=1", 500),
    failure("candidate", "/cart?user=2", 500),
    failure("candidate", "/cart", 502),
    failure("candidate", "/pay?a=1", 500),
    failure("candidate", "/pay?a=2", 500),
  ]);
  assert.deepEqual(
    found.map(({ example, times }) => [example.path, example.status, times]),
    [
      ["/pay?a=2", 500, 2],
      ["/cart", 502, 1],
    ],
  );
});
