import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { heightOf, lineHeightPx, placesOf, scrollTo } from "./long-scroll.ts";

const viewPx = 400;

test("long log: at the top the first lines are in sight, at the bottom the last", () => {
  for (const lines of [1, 10, 1_000, 1_000_000, 20_000_000]) {
    assert.equal(placesOf({ topPx: 0, viewPx, lines }).first, 0);
    const bottom = Math.max(0, heightOf(lines) - viewPx);
    assert.equal(placesOf({ topPx: bottom, viewPx, lines }).last, lines);
  }
});

test("long log: what one scrolls to is in sight, and few lines are drawn", () => {
  fc.assert(
    fc.property(fc.integer({ min: 1, max: 5_000_000 }), fc.nat(), (lines, any) => {
      const line = any % lines;
      const topPx = scrollTo(line, { viewPx, lines });
      const { first, last, topPx: drawnAt } = placesOf({ topPx, viewPx, lines });
      assert.ok(first <= line && line < last, `${line} in ${first}..${last}`);
      assert.ok(last - first <= 50);
      const y = drawnAt + (line - first) * lineHeightPx - topPx;
      assert.ok(y > -lineHeightPx && y < viewPx, `drawn at ${y}`);
    }),
  );
});

test("long log: scrolling down never goes back", () => {
  fc.assert(
    fc.property(fc.integer({ min: 1, max: 5_000_000 }), fc.nat(), fc.nat(), (lines, a, b) => {
      const most = Math.max(1, heightOf(lines) - viewPx);
      const [above, below] = [a % most, b % most].toSorted((x, y) => x - y);
      const first = (topPx = 0) => placesOf({ topPx, viewPx, lines }).first;
      assert.ok(first(above) <= first(below));
    }),
  );
});
