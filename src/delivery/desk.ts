/** The desk where faces ask and command; and the start and stop of all that drives deliveries. */
import { type EdgeInterval } from "#domain";
import { type Delivery, type PlatformStatus } from "./delivery.ts";
import { keeper as newKeeper, routePublisher } from "#delivery/rollout";
import { type Push } from "#delivery/source";
import { commands } from "./commands.ts";
import { type Hands } from "./hands.ts";
import { type DeliveryPorts } from "./ports.ts";
import { questions } from "./questions.ts";
import { receivePush, recordMissed } from "./receive.ts";
import { runWorkers } from "./workers.ts";

const appsMax = 10_000;
/** Pause before counts that could not be stored are offered again. */
const storeRetryMs = 500;

export interface Desk extends Delivery {
  /** Takes an accepted push; yields the lines its author reads. */
  receive(push: Push): AsyncIterable<string>;
  /**
   * Takes up what an earlier server left, then drives all work until `signal` aborts. `onReady` is
   * called when what should run runs and the route table is in effect.
   */
  run(onReady: () => void, signal: AbortSignal): Promise<void>;
}

export interface DeskOptions {
  readonly ports: DeliveryPorts;
  /** Names this server among those that share the store. */
  readonly worker: string;
  readonly facts: () => Promise<
    Pick<PlatformStatus, "version" | "startedAt" | "edges" | "database">
  >;
}

export function openDesk({ ports, worker, facts }: DeskOptions): Desk {
  const routes = routePublisher(ports);
  const hands: Hands = { ports, routes, keeper: newKeeper(ports, routes) };
  const running = new AbortController();
  return {
    ...questions(ports),
    ...commands(hands),
    status: async () => await statusOf(ports, facts),
    receive: (push) => receivePush(push, ports, running.signal),
    async run(onReady, signal) {
      signal.addEventListener("abort", () => running.abort(), { once: true });
      const counting = takeCounts(ports, signal);
      const exits = watchExits(hands, signal);
      await hands.keeper.reconcile(signal);
      await routes.publish(signal);
      await takeUpPushes(ports);
      onReady();
      await Promise.all([runWorkers(hands, worker, signal), counting, exits]);
    },
  };
}

async function statusOf(
  { store, runtime }: DeliveryPorts,
  facts: DeskOptions["facts"],
): Promise<PlatformStatus> {
  const [apps, known, sandboxLevel, journalEntries] = await Promise.all([
    store.list("app", { limit: appsMax }),
    facts(),
    runtime.sandboxLevel(),
    store.journalLength(),
  ]);
  const live = apps.filter(({ body }) => body.deletedAt === undefined);
  return {
    ...known,
    apps: live.length,
    activeRollouts: live.filter(({ body }) => body.activeRollout !== undefined).length,
    journalEntries,
    sandboxLevel,
  };
}

/** Every interval is stored before the edge may forget it, and the rollouts it concerns are woken. */
async function takeCounts(ports: DeliveryPorts, signal: AbortSignal): Promise<void> {
  for await (const interval of ports.dataPlane.intervals(signal)) {
    while (!signal.aborted && !(await takeInterval(interval, ports))) {
      await ports.clock.sleep(storeRetryMs, signal);
    }
  }
}

/** Gives whether it is stored. */
async function takeInterval(interval: EdgeInterval, ports: DeliveryPorts): Promise<boolean> {
  try {
    const counts = await ports.store.recordInterval(interval);
    ports.dataPlane.acknowledge(interval);
    for (const { rollout } of counts) ports.wakes.wake(rollout);
    return true;
  } catch (error) {
    ports.log.warn("counts.store_failed", { edge: interval.edge, seq: interval.seq, error });
    return false;
  }
}

async function watchExits(hands: Hands, signal: AbortSignal): Promise<void> {
  for await (const exit of hands.ports.runtime.exits(signal)) {
    hands.keeper.onExit(exit, signal).catch((error: unknown) => {
      hands.ports.log.warn("instance.exit_unhandled", { instance: exit.id, error });
    });
  }
}

/** Pushes that were accepted while no server wrote them down. */
async function takeUpPushes(ports: DeliveryPorts): Promise<void> {
  const apps = await ports.store.list("app", { limit: appsMax });
  for (const { body } of apps) {
    if (body.deletedAt !== undefined) continue;
    const missed = await recordMissed(body.name, body.trackedBranch, ports);
    if (missed !== undefined) ports.log.info("push.taken_up", { app: body.name, commit: missed });
  }
}
