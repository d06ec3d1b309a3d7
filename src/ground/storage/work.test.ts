import { strict as assert } from "node:assert";
import { test } from "node:test";
import fc from "fast-check";
import type { Lease } from "#domain";
import { createTestDatabase } from "#ground/storage/testing";
import { claimNow, heldClock, mustClaim, never } from "./fixtures.testing.ts";

const item = { kind: "deliver", key: "k" } as const;

test("an item is claimed once, however many workers of two processes ask", async () => {
  await using database = await createTestDatabase();
  await using here = await database.open();
  await using there = await database.open();
  const keys = Array.from({ length: 30 }, (_, index) => `k${index}`);
  await here.commit({ enqueue: keys.map((key) => ({ ...item, key })) });
  const claims = await Promise.all(
    keys.map((_, nth) => mustClaim(nth % 2 === 0 ? here : there, `w${nth}`, 60_000)),
  );
  assert.deepEqual(claims.map(({ key }) => key).toSorted(), keys.toSorted());
  assert.equal(new Set(claims.map(({ fence }) => fence)).size, keys.length);
});

test("a worker of another process is woken by the commit", async () => {
  await using database = await createTestDatabase();
  await using here = await database.open();
  await using there = await database.open();
  const claiming = mustClaim(there);
  await here.commit({ enqueue: [item] });
  assert.equal((await claiming).key, "k");
});

test("a claim that is aborted gives nothing, and takes nothing", async () => {
  await using database = await createTestDatabase();
  await using store = await database.open();
  const stop = new AbortController();
  const query = { kinds: ["deliver"], worker: "w", leaseMs: 1_000, signal: stop.signal } as const;
  const claiming = store.claim(query);
  stop.abort();
  assert.equal(await claiming, undefined);
  await store.commit({ enqueue: [item] });
  assert.equal((await mustClaim(store)).attempt, 0);
});

test("kinds are kept apart", async () => {
  await using database = await createTestDatabase();
  await using store = await database.open();
  await store.commit({ enqueue: [{ kind: "tidy", key: "k" }] });
  assert.equal(await claimNow(store), undefined);
  const query = { kinds: ["rollout", "tidy"], worker: "w", leaseMs: 9, signal: never } as const;
  assert.equal((await store.claim(query))?.kind, "tidy");
});

test("an item due later is claimed then and not before", async () => {
  await using database = await createTestDatabase();
  await using store = await database.open();
  const dueAt = Date.now() + 400;
  await store.commit({ enqueue: [{ ...item, dueAt }] });
  assert.equal(await claimNow(store), undefined);
  await mustClaim(store);
  assert(Date.now() >= dueAt);
});

test("a lease that runs out is taken by another worker, and says so", async () => {
  await using database = await createTestDatabase();
  const clock = heldClock();
  await using store = await database.open({ clock });
  await store.commit({ enqueue: [item] });
  const first = await mustClaim(store, "w1", 1_000);
  clock.advance(999);
  assert.equal(await claimNow(store, "w2"), undefined);
  clock.advance(1);
  const second = await mustClaim(store, "w2", 1_000);
  assert.deepEqual([first.attempt, second.attempt], [0, 1]);
  assert(second.fence > first.fence);
});

test("the work of a worker that is known to have ended is taken at once, and nobody else's", async () => {
  await using database = await createTestDatabase();
  await using store = await database.open({ clock: heldClock() });
  await store.commit({ enqueue: [item, { ...item, key: "other" }] });
  const lost = await mustClaim(store, "gone", 1_000);
  const kept = await mustClaim(store, "alive", 1_000);
  await store.releaseLeases((worker) => worker === "gone");
  const taken = await mustClaim(store, "w2", 1_000);
  assert.equal(taken.key, lost.key);
  assert(taken.fence > lost.fence);
  assert.equal(await claimNow(store, "w2"), undefined);
  assert.equal((await store.renew(kept, 1_000)).ok, true);
});

test("a renewed lease lasts from the renewal on", async () => {
  await using database = await createTestDatabase();
  const clock = heldClock();
  await using store = await database.open({ clock });
  await store.commit({ enqueue: [item] });
  const lease = await mustClaim(store, "w1", 1_000);
  clock.advance(900);
  const renewed = await store.renew(lease, 1_000);
  assert.deepEqual(renewed, { ok: true, value: { ...lease, expiresAt: clock.now() + 1_000 } });
  clock.advance(999);
  assert.equal(await claimNow(store, "w2"), undefined);
});

test("a fence rises even when the item was finished and enqueued anew", async () => {
  await using database = await createTestDatabase();
  await using store = await database.open();
  await store.commit({ enqueue: [item] });
  const old = await mustClaim(store);
  await store.commit({ lease: old, finish: "done" });
  await store.commit({ enqueue: [item] });
  const fresh = await mustClaim(store);
  assert(fresh.fence > old.fence);
  assert.equal((await store.commit({ lease: old, finish: "done" })).ok, false);
});

const endings = ["done", { againAt: 9_000_000_000_000 }] as const;
for (const finish of endings) {
  test(`enqueued while leased, finished as ${JSON.stringify(finish)}: due again`, async () => {
    await using database = await createTestDatabase();
    await using store = await database.open();
    await store.commit({ enqueue: [item] });
    const lease = await mustClaim(store, "w1", 60_000);
    await store.commit({ enqueue: [item] });
    assert.equal(await claimNow(store, "w2"), undefined);
    await store.commit({ lease, finish });
    assert.equal((await mustClaim(store, "w2")).attempt, 0);
  });
}

type Step =
  | { readonly do: "enqueue"; readonly key: string; readonly inMs: number }
  | { readonly do: "claim" }
  | { readonly do: "finish"; readonly nth: number; readonly againInMs: number | undefined }
  | { readonly do: "pass"; readonly ms: number };

const steps: fc.Arbitrary<Step> = fc.oneof(
  fc.record({
    do: fc.constant("enqueue" as const),
    key: fc.constantFrom("a", "b"),
    inMs: fc.constantFrom(0, 0, 40),
  }),
  fc.record({ do: fc.constant("claim" as const) }),
  fc.record({
    do: fc.constant("finish" as const),
    nth: fc.nat(3),
    againInMs: fc.constantFrom(undefined, undefined, 30),
  }),
  fc.record({ do: fc.constant("pass" as const), ms: fc.constantFrom(10, 60) }),
);

/** The rules in words of their own: what is wanted by when, and who holds it. */
class Model {
  readonly wanted = new Map<string, number>();
  readonly held = new Map<string, { fence: number; until: number; again: number | undefined }>();
  readonly fences = new Set<number>();

  enqueue(key: string, at: number): void {
    const holder = this.held.get(key);
    if (holder !== undefined) holder.again = Math.min(holder.again ?? Infinity, at);
    else this.wanted.set(key, Math.min(this.wanted.get(key) ?? Infinity, at));
  }

  claimable(now: number): readonly string[] {
    const due = [...this.wanted].filter(([, at]) => at <= now).map(([key]) => key);
    const expired = [...this.held].filter(([, { until }]) => until <= now).map(([key]) => key);
    return [...due, ...expired];
  }

  claimed({ key, fence, expiresAt }: Lease, now: number): void {
    assert(this.claimable(now).includes(key), `${key} was not there to claim`);
    assert(
      [...this.fences].every((earlier) => earlier < fence),
      "a fence did not rise",
    );
    const again = this.held.get(key)?.again;
    this.fences.add(fence);
    this.wanted.delete(key);
    const later = again !== undefined && again > now ? again : undefined;
    this.held.set(key, { fence, until: expiresAt, again: later });
  }

  /** Whether the fence still holds; if so, the item is done, or wanted again. */
  finish({ key, fence }: Lease, againAt: number | undefined): boolean {
    const holder = this.held.get(key);
    if (holder?.fence !== fence) return false;
    this.held.delete(key);
    const at = Math.min(againAt ?? Infinity, holder.again ?? Infinity);
    if (at < Infinity) this.wanted.set(key, at);
    return true;
  }
}

test("whatever is enqueued, claimed, finished and left to expire: no wake-up is lost, no late write", async () => {
  await using database = await createTestDatabase();
  const clock = heldClock();
  await using store = await database.open({ clock });
  let claims = 0;
  const property = fc.asyncProperty(fc.array(steps, { maxLength: 25 }), async (plan) => {
    const model = new Model();
    const leases: Lease[] = [];
    const claim = async () => {
      if (model.claimable(clock.now()).length === 0) return;
      const lease = await mustClaim(store, "w", 50);
      model.claimed(lease, clock.now());
      leases.push(lease);
      claims += 1;
    };
    const finish = async (lease: Lease, againAt: number | undefined) => {
      const done = await store.commit({
        lease,
        finish: againAt === undefined ? "done" : { againAt },
      });
      assert.equal(done.ok, model.finish(lease, againAt));
    };
    for (const step of plan) {
      if (step.do === "pass") clock.advance(step.ms);
      if (step.do === "claim") await claim();
      if (step.do === "enqueue") {
        const dueAt = clock.now() + step.inMs;
        await store.commit({ enqueue: [{ kind: "deliver", key: step.key, dueAt }] });
        model.enqueue(step.key, dueAt);
      }
      const lease = step.do === "finish" ? leases[step.nth] : undefined;
      if (step.do === "finish" && lease !== undefined) {
        const { againInMs } = step;
        await finish(lease, againInMs === undefined ? undefined : clock.now() + againInMs);
      }
    }
    // Everything that is wanted can be brought to its end.
    clock.advance(1_000);
    while (model.claimable(clock.now()).length > 0) {
      await claim();
      const last = leases.at(-1);
      assert(last !== undefined);
      await finish(last, undefined);
    }
    assert.equal(model.wanted.size + model.held.size, 0);
  });
  await fc.assert(property, { numRuns: 80 });
  // Plans are random and some claim nothing; 40 runs once gave 36, so there are twice as many.
  assert(claims > 40, `the property saw only ${claims} claims`);
});
