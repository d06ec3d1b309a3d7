/** What an event may not do to what is being asked for: cut it off, or leave it older than the event. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { InfiniteQueryObserver, QueryClient } from "@tanstack/react-query";
import { freshener } from "./freshener.ts";

const told = {
  type: "dev.tidegate.app.changed",
  app: "shop",
  change: "chg_1",
  seq: 1,
  at: 0,
  actor: "rollout",
  lines: [],
  data: {},
};

interface Asked {
  readonly page: number;
  readonly answer: () => void;
  readonly signal: AbortSignal;
}

/** A list whose pages are answered by hand. */
function listOf(queries: QueryClient, key: readonly unknown[]) {
  const asked: Asked[] = [];
  const waiting: ((one: Asked) => void)[] = [];
  const observer = new InfiniteQueryObserver(queries, {
    queryKey: key,
    queryFn: ({ pageParam, signal }) =>
      new Promise<number>((resolve) => {
        const one = { page: pageParam, answer: () => resolve(pageParam), signal };
        const waits = waiting.shift();
        if (waits === undefined) asked.push(one);
        else waits(one);
      }),
    initialPageParam: 1,
    getNextPageParam: (last: number) => last + 1,
  });
  const stop = observer.subscribe(() => undefined);
  const next = () => {
    const one = asked.shift();
    return one === undefined
      ? new Promise<Asked>((resolve) => waiting.push(resolve))
      : Promise.resolve(one);
  };
  return { observer, next, stop };
}

for (const [when, key] of [
  ["at once", ["GET /api/v1/apps/:app", { app: "shop" }, {}]],
  ["soon", ["GET /api/v1/changes", {}, {}]],
] as const) {
  test(`console: an event that makes a list stale ${when} does not cut off its next page`, async (t) => {
    const queries = new QueryClient({ defaultOptions: { queries: { retry: false } } });
    const fresh = freshener(queries);
    const list = listOf(queries, key);
    t.after(() => {
      list.stop();
      fresh.stop();
      queries.clear();
    });
    (await list.next()).answer();
    await list.observer.getCurrentQuery().promise;
    const more = list.observer.fetchNextPage();
    const second = await list.next();
    assert.equal(second.page, 2);
    t.mock.timers.enable({ apis: ["setTimeout"] });
    fresh.tell(told);
    t.mock.timers.runAll();
    t.mock.timers.reset();
    // Whatever it would cut off, it would by now.
    await new Promise((resolve) => setImmediate(resolve));
    assert.equal(second.signal.aborted, false);
    second.answer();
    assert.deepEqual((await more).data?.pages, [1, 2]);
    const again = [await list.next()];
    again[0]?.answer();
    again.push(await list.next());
    again[1]?.answer();
    assert.deepEqual(
      again.map(({ page }) => page),
      [1, 2],
      "both pages are asked for anew, for what the event told",
    );
  });
}
