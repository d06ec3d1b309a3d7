/**
 * The way back, at once and for everybody: a release that was good has its proof already. It comes back
 * as a new release with the old one's artifact and configuration, and with its very processes if they
 * are still warm.
 */
import { err, ok, type Result } from "#std";
import {
  type App,
  type AppName,
  type NotFound,
  type Release,
  type Stored,
  type Unavailable,
  type WrongState,
} from "#domain";
import { type Hands } from "./hands.ts";
import { makeRoom } from "./make-room.ts";
import { newRelease, releasePut } from "./new-release.ts";
import { type DeliveryPorts } from "./ports.ts";
import { targetOf, type Targets } from "./roll-back-target.ts";
import { startVerified } from "./start-verified.ts";
import { writeRestored } from "./write-restored.ts";

const conflictsMax = 20;
const stepAsideTimeoutMs = 30_000;

interface Wish {
  readonly app: AppName;
  readonly to: number | undefined;
  readonly actor: string;
}

type Outcome = Result<
  { readonly release: Release; readonly elapsedMs: number },
  NotFound | WrongState | Unavailable
>;

export async function rollBack(wish: Wish, hands: Hands): Promise<Outcome> {
  const { ports } = hands;
  const { store, clock } = ports;
  const startedAt = clock.now();
  const signal = AbortSignal.timeout(stepAsideTimeoutMs);
  for (let attempt = 0; attempt < conflictsMax; attempt += 1) {
    await makeRoom(
      wish.app,
      { by: wish.actor, reason: `rolled back by ${wish.actor}` },
      { ports, signal },
    );
    const app = await store.get("app", wish.app);
    if (app === undefined) return err({ code: "not_found", what: "app", name: wish.app });
    const target = await targetOf(app.body, wish.to, ports);
    if (!target.ok) return target;
    const restored = await restore(app, { ...target.value, actor: wish.actor }, { ports, signal });
    if (restored === undefined) continue;
    if (!restored.ok) return restored;
    await hands.routes.publish(signal);
    return ok({ release: restored.value, elapsedMs: clock.now() - startedAt });
  }
  return err({
    code: "unavailable",
    what: "rollback",
    reason: "the app changed while it was rolled back",
    retryAfterMs: 1_000,
  });
}

/** Gives `undefined` when the app changed in between and the caller starts over. */
async function restore(
  app: Stored<App>,
  asked: Targets & { readonly actor: string },
  { ports, signal }: { readonly ports: DeliveryPorts; readonly signal: AbortSignal },
): Promise<Result<Release, Unavailable> | undefined> {
  const { target } = asked;
  const artifact = await ports.store.get("artifact", target.body.artifact);
  if (artifact === undefined) return gone(target.body);
  const { rollout: policy } = artifact.body.plan;
  const fresh = newRelease(
    app.body,
    {
      change: target.body.change,
      artifact: artifact.body,
      cause: "rollback",
      configVersion: target.body.configVersion,
      restores: target.body.id,
    },
    ports.clock,
  );
  const isWarm = target.body.state === "warm" && target.body.instances.length > 0;
  if (isWarm) {
    const release = { ...fresh, instances: target.body.instances, ...levelOf(target.body) };
    return written(await writeRestored(app, { ...asked, release, policy, isWarm }, ports));
  }
  await ports.store.commit({ documents: [releasePut(fresh)] });
  const started = await startVerified(fresh, ports, signal);
  if (!started.ok) {
    await ports.store.commit({
      documents: [releasePut({ ...fresh, state: "failed", problem: started.error })],
    });
    return err({
      code: "unavailable",
      what: `v${target.body.number}`,
      reason: started.error.message,
      retryAfterMs: 0,
    });
  }
  const { release } = started.value;
  return written(await writeRestored(app, { ...asked, release, policy, isWarm }, ports));
}

function levelOf({ sandboxLevel }: Release): Pick<Release, "sandboxLevel"> {
  return sandboxLevel === undefined ? {} : { sandboxLevel };
}

function gone(target: Release): Result<Release, Unavailable> {
  return err({
    code: "unavailable",
    what: `v${target.number}`,
    reason: "its artifact is no longer kept",
    retryAfterMs: 0,
  });
}

function written(release: Release | undefined): Result<Release, Unavailable> | undefined {
  return release === undefined ? undefined : ok(release);
}
