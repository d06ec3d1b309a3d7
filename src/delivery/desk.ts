/** The desk where faces ask and command; and the start and stop of all that drives deliveries. */
import type { Actor, Finding } from "#domain";
import { Turns } from "#std";
import type { Delivery, PlatformStatus } from "./delivery.ts";
import { keeper as newKeeper, routePublisher } from "#delivery/rollout";
import type { Push } from "#delivery/source";
import { commands } from "./commands.ts";
import type { Hands } from "./hands.ts";
import type { DeliveryPorts } from "./ports.ts";
import { keepHouse, takeUpPushes } from "./housekeeping.ts";
import { takeCounts, watchExits } from "./loops.ts";
import { questions } from "./questions.ts";
import { receivePush } from "./receive.ts";
import { visibleApps } from "./sight.ts";
import { togetherFindings } from "./together-findings.ts";
import { runWorkers } from "./workers.ts";

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
  /** Whether a server of that name is known to have ended: its work is taken up without waiting. */
  readonly isWorkerGone: (worker: string) => boolean;
  readonly facts: () => Promise<
    Pick<PlatformStatus, "version" | "startedAt" | "edges" | "database" | "ssh">
  >;
  /** What only the process that runs the desk can see: its ports and edges. */
  readonly findings: () => Promise<readonly Finding[]>;
}

export function openDesk(options: DeskOptions): Desk {
  const { ports, worker, isWorkerGone, facts } = options;
  const routes = routePublisher(ports);
  const keeper = newKeeper(ports, routes);
  const hands: Hands = { ports, routes, keeper, lives: new Turns(), names: new Turns() };
  const running = new AbortController();
  return {
    ...questions(ports),
    ...commands(hands),
    status: async (actor) => await statusOf(actor, ports, facts),
    findings: async () => await findingsOf(ports, options),
    receive: (push) => receivePush(push, ports, running.signal),
    async run(onReady, signal) {
      signal.addEventListener("abort", () => running.abort(signal.reason), { once: true });
      await ports.store.releaseLeases(isWorkerGone);
      await hands.keeper.reconcile(signal);
      await routes.publish();
      await takeUpPushes(ports);
      onReady();
      await Promise.all([
        runWorkers(hands, worker, signal),
        takeCounts(ports, signal),
        watchExits(hands, signal),
        keepHouse(hands, signal),
      ]);
    },
  };
}

/** How apps are fenced in, where state lives, how users come in, and who does not go together as it says. */
async function findingsOf(
  ports: DeliveryPorts,
  { findings }: DeskOptions,
): Promise<readonly Finding[]> {
  const { runtime, store } = ports;
  const found = await Promise.all([
    runtime.findings(),
    store.findings(),
    findings(),
    // A store that is away has said so itself.
    togetherFindings(ports).catch(() => []),
  ]);
  return found.flat();
}

async function statusOf(
  actor: Actor,
  { store, runtime }: DeliveryPorts,
  facts: DeskOptions["facts"],
): Promise<PlatformStatus> {
  const [apps, known, sandboxLevel, journalEntries] = await Promise.all([
    visibleApps(actor, { store }),
    facts(),
    runtime.sandboxLevel(),
    store.journalLength(),
  ]);
  return {
    ...known,
    apps: apps.length,
    activeRollouts: apps.filter(({ activeRollout }) => activeRollout !== undefined).length,
    journalEntries,
    sandboxLevel,
  };
}
