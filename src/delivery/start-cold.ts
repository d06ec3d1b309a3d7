/** A release that nobody delivers but the caller: numbered, written down, started. */
import { err, ok, type Result } from "#std";
import type { App, Problem, Release, Stored } from "#domain";
import { endedUnexposed, numberTaken, releasePut } from "./new-release.ts";
import type { DeliveryPorts } from "./ports.ts";
import { startVerified } from "./start-verified.ts";

interface Cold {
  /** As it is stored, with the number taken. */
  readonly app: Stored<App>;
  readonly release: Stored<Release>;
}

/** Gives `undefined` when the app changed before the number could be taken, or while it started. */
export async function startCold(
  app: Stored<App>,
  fresh: Release,
  { ports, signal }: { readonly ports: DeliveryPorts; readonly signal: AbortSignal },
): Promise<Result<Cold, Problem> | undefined> {
  const { store } = ports;
  const numbered = await store.commit({ documents: [numberTaken(app), releasePut(fresh)] });
  if (!numbered.ok) return undefined;
  const started = await startVerified(fresh, ports, { signal });
  const now = await store.get("app", app.id);
  const isSame =
    now !== undefined &&
    now.body.deletedAt === undefined &&
    now.body.activeRollout === undefined &&
    now.body.liveRelease === app.body.liveRelease;
  if (started.ok && isSame) return ok({ app: now, release: started.value.release });
  const end = started.ok
    ? ({ state: "stopped" } as const)
    : ({ state: "failed", problem: started.error } as const);
  await store.commit(await endedUnexposed(fresh.id, end, ports));
  return started.ok ? undefined : err(started.error);
}
