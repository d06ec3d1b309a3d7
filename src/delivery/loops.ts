/** The loops beside the workers. None may end before the server does: a fault is logged, and it goes on. */
import type { EdgeInterval } from "#domain";
import type { Hands } from "./hands.ts";
import { listenAgainMs } from "./limits.ts";
import type { DeliveryPorts } from "./ports.ts";

/** Every interval is stored before the edge may forget it, and the rollouts it concerns are woken. */
export async function takeCounts(ports: DeliveryPorts, signal: AbortSignal): Promise<void> {
  await forEver("counts", { ports, signal }, async () => {
    for await (const interval of ports.dataPlane.intervals(signal)) {
      while (!signal.aborted && !(await takeInterval(interval, ports))) {
        await ports.clock.sleep(listenAgainMs, signal);
      }
    }
  });
}

/** Gives whether it is settled: stored, or refused for good, which must not hold up what follows. */
async function takeInterval(interval: EdgeInterval, ports: DeliveryPorts): Promise<boolean> {
  try {
    const counts = await ports.store.recordInterval(interval);
    ports.dataPlane.acknowledge(interval);
    for (const { rollout } of counts) ports.wakes.wake(rollout);
    return true;
  } catch (error) {
    const facts = { edge: interval.edge, seq: interval.seq, error };
    if (isUnavailable(error)) {
      ports.log.warn("counts.store_failed", facts);
      return false;
    }
    ports.log.error("counts.refused", facts);
    ports.dataPlane.acknowledge(interval);
    return true;
  }
}

function isUnavailable(error: unknown): boolean {
  return error instanceof Error && "code" in error && error.code === "unavailable";
}

/** An exit is told once, so it is kept until it is noted, however long the store is away. */
export async function watchExits(hands: Hands, signal: AbortSignal): Promise<void> {
  const { ports, keeper } = hands;
  await forEver("exits", { ports, signal }, async () => {
    for await (const exit of ports.runtime.exits(signal)) {
      void forEver("exit", { ports, signal }, async () => {
        await keeper.onExit(exit, signal);
        return "done";
      });
    }
  });
}

/** Runs `work` again whenever it ends or fails, until it says that it is done or `signal` aborts. */
export async function forEver(
  name: string,
  {
    ports: { clock, log },
    signal,
  }: { readonly ports: DeliveryPorts; readonly signal: AbortSignal },
  work: () => Promise<"done" | void>,
): Promise<void> {
  while (!signal.aborted) {
    try {
      if ((await work()) === "done") return;
    } catch (error) {
      log.warn("loop.failed", { loop: name, error });
    }
    await clock.sleep(listenAgainMs, signal);
  }
}
