import { strict as assert } from "node:assert";
import { test } from "node:test";
import { routedApps } from "./routed-apps.ts";

type Reads = Parameters<typeof routedApps>[0];
type Bodies = Readonly<Record<string, Readonly<Record<string, object>>>>;

/** Documents by kind and id; `later` is what is there once apps were listed. Counts what it is asked. */
function storeOf(first: Bodies, later: Bodies = first) {
  let asked = 0;
  const stored = (bodies: Bodies, kind: string, ids: readonly string[]) =>
    ids.flatMap((id) => {
      const body = bodies[kind]?.[id];
      return body === undefined ? [] : [{ id, body, version: 1 }];
    });
  const reads = {
    list: async (kind: string) => {
      asked += 1;
      return await Promise.resolve(stored(first, kind, Object.keys(first[kind] ?? {})));
    },
    getMany: async (kind: string, ids: readonly string[]) => {
      asked += 1;
      return await Promise.resolve(new Map(stored(later, kind, ids).map((one) => [one.id, one])));
    },
  };
  return {
    asked: () => asked,
    // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- documents with the members that matter here
    reads: reads as unknown as Reads,
  };
}

const release = Object.fromEntries(["one", "two", "three"].map((id) => [id, { id }]));
const shop = { name: "shop", liveRelease: "two", activeRollout: "r" };

async function idsOf(reads: Reads) {
  return (await routedApps(reads)).map(({ app, live, candidate, baseline, rollout }) => ({
    app: app.name,
    ids: [live?.id, rollout?.id, candidate?.id, baseline?.id],
  }));
}

const cases: readonly {
  readonly title: string;
  readonly app: object;
  readonly rollout?: object;
  readonly later?: Bodies;
  readonly ids: readonly (string | undefined)[];
}[] = [
  {
    title: "nothing moves",
    app: { name: "shop", liveRelease: "one" },
    ids: ["one", undefined, undefined, undefined],
  },
  {
    title: "a rollout compares with what is live",
    app: shop,
    rollout: { id: "r", state: "running", candidate: "three", baseline: "two" },
    ids: ["two", "r", "three", undefined],
  },
  {
    title: "one that bakes compares with what was live before",
    app: { ...shop, liveRelease: "three" },
    rollout: { id: "r", state: "baking", candidate: "three", baseline: "two", publishedAt: 1 },
    ids: ["three", "r", "three", "two"],
  },
  {
    title: "one that has ended while its app says otherwise leads nowhere",
    app: shop,
    rollout: { id: "r", state: "rolled_back", candidate: "three", baseline: "two" },
    ids: ["two", "r", undefined, undefined],
  },
  {
    title: "one that ended after its app was read: the app is read again",
    app: shop,
    rollout: { id: "r", state: "promoted", candidate: "three", baseline: "two" },
    later: { app: { shop: { name: "shop", liveRelease: "three" } } },
    ids: ["three", undefined, undefined, undefined],
  },
];

for (const { title, app, rollout, later, ids } of cases) {
  test(title, async () => {
    const first = {
      app: { shop: app },
      release,
      rollout: rollout === undefined ? {} : { r: rollout },
    };
    const { reads } = storeOf(first, { ...first, ...later });
    assert.deepEqual(await idsOf(reads), [{ app: "shop", ids }]);
  });
}

test("an app that was deleted meanwhile has no routes", async () => {
  const first = {
    app: { shop, gone: { name: "gone", deletedAt: 1 } },
    rollout: { r: { id: "r", state: "promoted", candidate: "three" } },
    release,
  };
  const later = { ...first, app: { shop: { name: "shop", deletedAt: 2 } } };
  assert.deepEqual(await idsOf(storeOf(first, later).reads), []);
});

test("a hundred apps take as many questions as one", async () => {
  const many = Array.from({ length: 100 }, (_, index) => `app-${index}`);
  const first = {
    app: Object.fromEntries(many.map((name) => [name, { ...shop, name }])),
    rollout: { r: { id: "r", state: "running", candidate: "three" } },
    release,
  };
  const { reads, asked } = storeOf(first);
  assert.equal((await routedApps(reads)).length, 100);
  assert.equal(asked(), 3);
});
