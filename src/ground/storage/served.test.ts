/** What apps served over their windows: whichever edge counted it, and when it came. */
import { strict as assert } from "node:assert";
import { test } from "node:test";
import { createTestDatabase } from "#ground/storage/testing";
import { appName, heldClock, interval, row, shop } from "./fixtures.testing.ts";

test("all traffic of an app is summed by day and by the hour, also what edges count at once", async () => {
  await using database = await createTestDatabase();
  const clock = heldClock();
  await using store = await database.open({ clock });
  const [now, dayMs] = [clock.now(), 86_400_000];
  const { rollout: _, ...plain } = row({ requests: 10, errors: 1 });
  const told = [now - 28 * dayMs, now - 27 * dayMs, now - 3 * 3_600_000, now - 60_000, now];
  const counted = ["edge-0", "edge-1"].flatMap((edge) =>
    told.map((at, seq) => ({ ...interval(seq, [plain]), edge, startAt: at - 1_000, endAt: at })),
  );
  await Promise.all(counted.map(async (one) => await store.recordInterval(one)));
  const hour = { requests: 40, errors: 4 };
  assert.deepEqual(await store.served(shop, 28), { window: { requests: 80, errors: 8 }, hour });
  assert.deepEqual(await store.served(shop, 1), { window: { requests: 60, errors: 6 }, hour });
  assert.deepEqual((await store.served(appName("ant"), 28)).window, { requests: 0, errors: 0 });
  await store.deleteApp(shop);
  assert.deepEqual((await store.served(shop, 28)).window, { requests: 0, errors: 0 });
});

test("what no window reaches any more is forgotten with what the app serves next", async () => {
  await using database = await createTestDatabase();
  const clock = heldClock();
  await using store = await database.open({ clock });
  const [now, dayMs] = [clock.now(), 86_400_000];
  const { rollout: _, ...plain } = row({ requests: 10, errors: 1 });
  const told = [now - 91 * dayMs, now - 90 * dayMs, now - 89 * dayMs, now];
  for (const [seq, endAt] of told.entries()) {
    await store.recordInterval({ ...interval(seq, [plain]), startAt: endAt - 1_000, endAt });
  }
  // No window is as long as this one: it shows all that is kept, which is a day more than the longest.
  const { window } = await store.served(shop, 1_000);
  assert.deepEqual(window, { requests: 30, errors: 3 });
});
