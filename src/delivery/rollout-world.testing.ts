/** A world for the tests of rollouts: PostgreSQL is real; time, edges and processes are what the test says. */
import { strict as assert } from "node:assert";
import { setTimeout as delay } from "node:timers/promises";
import { Wakes } from "#std";
import {
  type AppName,
  type Arm,
  bucketCount,
  type Clock,
  type DataPlane,
  finalRolloutStates,
  latencyCells,
  type ReleaseId,
  type RolloutCommand,
  type RolloutId,
  type RouteTable,
  type Runtime,
  type Store,
  machineActor,
} from "#domain";
import { driveRollout, routePublisher, type RolloutPorts, updateDocument } from "#delivery/rollout";
import { silentLog } from "#ground/storage/testing";
import { commandRollout } from "./command-rollout.ts";
import { app, baseline, release, rollout } from "./plot.testing.ts";
import type { DeliveryPorts } from "./ports.ts";
import { rolloutEnding } from "./rollout-ending.ts";

interface Traffic {
  readonly requests: number;
  readonly isBad: boolean;
  /** As many users of both arms, whatever the exposure. */
  readonly isSkewed?: boolean;
  /** So many fail, whether it is bad or not. */
  readonly errors?: Readonly<Record<Arm, number>>;
  /** Under which it was counted; default: the present one. */
  readonly exposure?: number;
  /** From here on not all users are told apart. */
  readonly isUserSetFull?: boolean;
}

/** One app's part in what happens; default: that of the plot's only app. */
export interface Party {
  readonly app: AppName;
  readonly rollout: RolloutId;
  readonly release: ReleaseId;
  readonly baseline: ReleaseId;
}

export type Event = { readonly on?: Party } & Happening;

type Happening =
  | ({ readonly kind: "counts" } & Traffic)
  | { readonly kind: "command"; readonly command: RolloutCommand["kind"]; readonly step?: number }
  | { readonly kind: "exit" }
  | { readonly kind: "time"; readonly minutes: number }
  /** Its only instance ends, or answers again. */
  | { readonly kind: "instance"; readonly of: "baseline" | "candidate"; readonly isUp: boolean };

/** What befalls a server that looks at the rollout. */
export interface Trouble {
  /** It dies after so many calls to the store; absent or 0: it lives. */
  readonly dies?: number;
  /** So many calls to the store, after the claim, find it away. */
  readonly away?: number;
  /** Another server takes the lease from it after its first look. */
  readonly isRobbed?: boolean;
}

const shop: Party = { app, rollout, release, baseline };

/** What every call to the store ends with once its server is dead. */
export class Died extends Error {}
class Away extends Error {
  readonly code = "unavailable";
}

/** How long the controller waits from one look to the next when nothing wakes it. */
const lookIntervalMs = 1_000;
/** On a busy machine a claim may take its time; that the work is due is not in question. */
const claimTimeoutMs = 20_000;

export interface World {
  readonly clock: Clock & { advance(ms: number): void };
  /** What edges were told, in order: exposure, and whether the store said so before. */
  readonly exposures: number[];
  /** The tables themselves. */
  readonly tables: RouteTable[];
  /** The rollout whose work is claimed. */
  readonly driven: RolloutId;
  readonly tell: (exposure: number) => number;
  /** Edges that do not answer now. */
  readonly edgesMissing: string[];
}

/** `tell` falsifies what edges are told, to see that the checks see it. */
export function newWorld(tell: (exposure: number) => number = (exposure) => exposure): World {
  let now = 1_800_000_000_000;
  const clock = {
    now: () => now,
    random: () => 0.5,
    // Time passes with each wait, so that nobody waits.
    sleep: async (ms: number) => {
      now += Math.min(ms, 1_000);
      await new Promise<void>((resolve) => {
        setImmediate(resolve);
      });
    },
    advance(ms: number) {
      now += ms;
    },
  };
  return { clock, exposures: [], tables: [], driven: rollout, tell, edgesMissing: [] };
}

/**
 * The world's time for a store, whose own waiting (for notifications, for its next poll) must not make
 * time pass: on a busy machine it would outrun every lease.
 */
export function storeClock({ clock }: World): Clock {
  return {
    now: () => clock.now(),
    random: () => clock.random(),
    sleep: async (ms, signal) => {
      await delay(ms, undefined, { signal, ref: false }).catch(() => undefined);
    },
  };
}

/** One server: claims the rollout, looks at it a few times, and stops, or dies after `calls` calls. */
export async function serve(
  store: Store,
  world: World,
  { dies = 0, away = 0, isRobbed = false }: Trouble = {},
): Promise<"stopped" | "died"> {
  const stop = new AbortController();
  let looks = 0;
  const clock: Clock = {
    ...world.clock,
    async sleep(ms, signal) {
      // Only what passes between two looks is a look; the end of a rollout waits for its last counts, too.
      if (ms === lookIntervalMs) looks += 1;
      if (looks > 2) stop.abort();
      if (isRobbed && looks === 1) await rob(store);
      await world.clock.sleep(ms, signal);
    },
  };
  world.clock.advance(60_000); // whatever lease a dead one held has run out
  // What every server does first: the table that a dead one wrote down comes into effect.
  await routePublisher(portsOf(store, world, clock)).publish();
  const stored = await store.get("rollout", world.driven);
  if (stored === undefined || finalRolloutStates.has(stored.body.state)) return "stopped";
  const lease = await store.claim({
    kinds: ["rollout"],
    worker: "one",
    leaseMs: 9_000,
    signal: AbortSignal.timeout(claimTimeoutMs),
  });
  if (lease === undefined) throw new Error("a rollout that lives has work that is due");
  const ports = portsOf(absent(mortal(store, dies), away), world, clock);
  const routes = routePublisher(ports);
  // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- the ending uses store, clock and wakes
  const ending = rolloutEnding(ports as DeliveryPorts);
  try {
    await driveRollout(lease, { ports, routes, ending }, stop.signal);
    return "stopped";
  } catch (error) {
    if (!(error instanceof Died) && !(error instanceof Away)) throw error;
    return "died";
  }
}

/**
 * The store of a server that dies at its n-th call, or lives when that is 0. A write may have been done, and the
 * server does not hear of it; of a dead one there is no further call.
 */
export function mortal(store: Store, calls: number): Store {
  let left = calls;
  let isDead = false;
  return new Proxy(store, {
    get(target, name) {
      const member: unknown = Reflect.get(target, name);
      if (typeof member !== "function" || calls === 0) return member;
      return async (...input: readonly unknown[]): Promise<unknown> => {
        left -= 1;
        isDead ||= left === 0 && calls % 2 === 0;
        if (isDead) throw new Died();
        const output: unknown = await Reflect.apply(member, target, input);
        isDead ||= left === 0;
        if (isDead) throw new Died();
        return output;
      };
    },
  });
}

/** A store that answers once, is away for so many calls, and is back then. */
function absent(store: Store, calls: number): Store {
  let left = calls + 1;
  return new Proxy(store, {
    get(target, name) {
      const member: unknown = Reflect.get(target, name);
      if (typeof member !== "function" || calls === 0) return member;
      return async (...input: readonly unknown[]): Promise<unknown> => {
        left -= 1;
        if (left >= 0 && left < calls) throw new Away("the store is away");
        return await Reflect.apply(member, target, input);
      };
    },
  });
}

/** Another server takes the work over, and leaves it for the next. */
async function rob(store: Store): Promise<void> {
  await store.releaseLeases(() => true);
  const lease = await store.claim({
    kinds: ["rollout"],
    worker: "two",
    leaseMs: 9_000,
    signal: AbortSignal.timeout(claimTimeoutMs),
  });
  if (lease !== undefined) await store.commit({ lease, finish: { againAt: 0 } });
}

export function portsOf(store: Store, world: World, clock: Clock): RolloutPorts {
  const dataPlane: DataPlane = {
    name: "a data plane that remembers what it was told",
    async apply(table) {
      const told = table.apps.find((each) => each.app === app);
      world.exposures.push(world.tell(told?.rollout?.exposure ?? 0));
      world.tables.push(table);
      return { version: table.version, at: clock.now(), edges: ["edge-0"], missing: [] };
    },
    drain: async () => ({ cut: 0 }),
    async *intervals() {},
    acknowledge: () => undefined,
    missingEdges: () => world.edgesMissing,
    urlOf: (host) => `http://${host}`,
    linkOf: ({ app: name }) => `http://${name}.localhost`,
    placeOf: () => undefined,
  };
  const runtime: Runtime = {
    name: "a runtime that is only asked for logs",
    sandboxLevel: async () => 0,
    findings: async () => [],
    step: () => assert.fail("no step is run"),
    start: () => assert.fail("nothing is started"),
    stop: () => assert.fail("the controller stops nothing"),
    logSources: async () => [],
    instances: async () => [],
    memoryBytes: async () => undefined,
    async *exits() {},
    async *logs() {},
  };
  return { store, runtime, dataPlane, clock, log: silentLog, dataDir: "/", wakes: new Wakes() };
}

export async function happen(
  happened: Event,
  { at, store, world }: { readonly at: number; readonly store: Store; readonly world: World },
): Promise<void> {
  const ports = portsOf(store, world, world.clock);
  const { on = shop } = happened;
  switch (happened.kind) {
    case "counts":
      await count(store, { at, ...happened, now: world.clock.now() });
      return;
    case "command": {
      const stored = await store.get("rollout", on.rollout);
      assert.ok(stored !== undefined);
      const { command: kind, step } = happened;
      const actor = { ...machineActor, name: "ana" };
      const asked = { kind, actor, reason: "so", ...(step === undefined ? {} : { step }) };
      // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- a command uses store, clock and wakes
      await commandRollout(stored.body, asked, ports as DeliveryPorts);
      return;
    }
    case "exit":
      await updateDocument(store, { kind: "release", id: on.release }, (before) => ({
        body: {
          ...before,
          crash: { exitsAt: [world.clock.now()], lastExit: "exit code 1", isLoop: false },
        },
      }));
      return;
    case "time":
      world.clock.advance(happened.minutes * 60_000);
      return;
    case "instance": {
      const state = happened.isUp ? ("ready" as const) : ("exited" as const);
      const id = happened.of === "candidate" ? on.release : on.baseline;
      await updateDocument(store, { kind: "release", id }, (before) => ({
        body: { ...before, instances: before.instances.map((each) => ({ ...each, state })) },
      }));
      return;
    }
    default:
      return happened satisfies never;
  }
}

interface Counted extends Traffic {
  readonly at: number;
  readonly now: number;
  readonly on?: Party;
}

/** Users of both arms, one request each, as chance would divide them; of a bad candidate's all fail. */
export async function count(store: Store, counted: Counted): Promise<void> {
  const { at, requests, isSkewed = false, now, on = shop } = counted;
  const stored = await store.get("rollout", on.rollout);
  const exposure = counted.exposure ?? stored?.body.exposure ?? 0;
  if (exposure === 0) return;
  const all = 2 * requests;
  const share = isSkewed ? 0.5 : exposure / bucketCount;
  const ofCandidate = Math.min(all - 1, Math.max(1, Math.round(all * share)));
  const row = (arm: Arm) => {
    const length = arm === "candidate" ? ofCandidate : all - ofCandidate;
    const hashes = Array.from({ length }, (_, user) =>
      (at * 1_000 + 2 * user + (arm === "candidate" ? 1 : 0)).toString(16).padStart(16, "0"),
    );
    const harmed = hashes.slice(0, errorsOf(arm, length, counted));
    return {
      app: on.app,
      release: arm === "candidate" ? on.release : on.baseline,
      arm,
      rollout: on.rollout,
      exposure,
      assignedBy: "random" as const,
      requests: length,
      errors: harmed.length,
      connectionFailures: 0,
      unkeyedRequests: 0,
      latency: Array.from({ length: latencyCells }, (_, cell) => (cell === 3 ? length : 0)),
      harmedUsers: harmed,
      seenUsers: hashes,
      isUserSetFull: counted.isUserSetFull ?? false,
      failures: [],
    };
  };
  await store.recordInterval({
    edge: "edge-0",
    boot: on.app,
    seq: at + 1,
    startAt: now - 1_000,
    endAt: now,
    tableVersion: 1,
    rows: [row("baseline"), row("candidate")],
  });
}

function errorsOf(arm: Arm, requests: number, { isBad, errors }: Traffic): number {
  return errors?.[arm] ?? (isBad && arm === "candidate" ? requests : 0);
}
