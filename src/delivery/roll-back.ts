/**
 * The way back, at once and for everybody: a release that was good has its proof already. It comes back
 * as a new release with the old one's artifact and configuration, and with its very processes if they
 * are still warm.
 */
import { err, ok, type Result, some } from "#std";
import type {
  Actor,
  App,
  AppName,
  NotFound,
  Release,
  Stored,
  Unavailable,
  WrongState,
} from "#domain";
import { liveRelease } from "./begin-rollout.ts";
import type { WentBack } from "./delivery.ts";
import type { Hands } from "./hands.ts";
import { conflictsMax, stepAsideTimeoutMs } from "./limits.ts";
import { isJointBake, makeRoom } from "./make-room.ts";
import { newRelease } from "./new-release.ts";
import type { DeliveryPorts } from "./ports.ts";
import { targetOf, type Targets } from "./roll-back-target.ts";
import { startCold } from "./start-cold.ts";
import { askedEntry, withReason, writeRestored } from "./write-restored.ts";

interface Wish {
  readonly app: AppName;
  /** A release's number; absent: what was live before and was not taken back. */
  readonly to: number | undefined;
  /** Why, in the words of who asked; empty: they gave none. */
  readonly reason: string;
  readonly actor: Actor;
}

type Refusal = NotFound | WrongState | Unavailable;
type Outcome = Result<WentBack, Refusal>;
/** What is live now, and of a release that was restored what people are told. */
type Back = Omit<WentBack, "elapsedMs" | "configTakenBack">;

export async function rollBack(wish: Wish, { ports, routes }: Hands): Promise<Outcome> {
  const { store, clock } = ports;
  const startedAt = clock.now();
  const signal = AbortSignal.timeout(stepAsideTimeoutMs);
  const refused = await refusedAtOnce(wish, ports);
  if (refused !== undefined) return refused;
  const before = await aimedAt(wish, ports);
  for (let attempt = 0; attempt < conflictsMax && !signal.aborted; attempt += 1) {
    const { name } = wish.actor;
    const entries = [askedEntry(wish, {})];
    const further = await furtherThanLive(wish, ports);
    const reason = withReason(`rolled back by ${name}${further}`, wish);
    const why = { by: name, reason, words: wish.reason, entries, isWayBack: true };
    await makeRoom(wish.app, why, { ports, signal });
    const app = await store.get("app", wish.app);
    if (app === undefined) return err({ code: "not_found", what: "app", name: wish.app });
    if (app.body.activeRollout !== undefined) break;
    const isAway = before !== undefined && (await isBack(before, { app, to: wish.to }, ports));
    const back = isAway ? await stay(app, ports) : await goBack(app, wish, { ports, signal });
    if (back?.ok === false) return back;
    if (back !== undefined) {
      await routes.publish();
      const elapsedMs = clock.now() - startedAt;
      const config = await configLeft(wish.app, { startedAt, ports });
      return ok({ ...back.value, elapsedMs, ...some("configTakenBack", config) });
    }
  }
  return err({
    code: "unavailable",
    what: "rollback",
    reason: "the app kept changing while it was rolled back",
    retryAfterMs: 1_000,
  });
}

/** The version of the configuration that this way back took back, if it did. */
async function configLeft(
  name: AppName,
  { startedAt, ports }: { readonly startedAt: number; readonly ports: DeliveryPorts },
): Promise<number | undefined> {
  const takenBack = (await ports.store.get("app", name))?.body.configTakenBack;
  return takenBack !== undefined && takenBack.at >= startedAt ? takenBack.version : undefined;
}

/** What can be refused before a rollout steps aside for it: a release that there is not, nobody had, or is gone. */
async function refusedAtOnce(
  { app: name, to }: Wish,
  ports: DeliveryPorts,
): Promise<Outcome | undefined> {
  const app = await ports.store.get("app", name);
  if (to === undefined || app === undefined) return undefined;
  if (to === (await candidateLeftFor(app.body, ports))) return undefined;
  const found = await targetOf(app.body, to, ports);
  if (!found.ok) return found;
  const { body } = found.value.target;
  return (await isKept(body, ports)) ? undefined : err(notKept(body));
}

/** The number of what is live while a candidate is let in: to go back to it is to take the candidate away. */
async function candidateLeftFor(app: App, { store }: DeliveryPorts): Promise<number | undefined> {
  const { activeRollout, liveRelease: live } = app;
  if (activeRollout === undefined || live === undefined) return undefined;
  const rollout = await store.get("rollout", activeRollout);
  if (rollout?.body.publishedAt !== undefined) return undefined;
  return (await store.get("release", live))?.body.number;
}

/** What is told with a candidate's end when the way leads on: users are on the live one for a moment only. */
async function furtherThanLive({ app: name, to }: Wish, { store }: DeliveryPorts): Promise<string> {
  const live = (await store.get("app", name))?.body.liveRelease;
  if (to === undefined || live === undefined) return "";
  const number = (await store.get("release", live))?.body.number;
  return number === to ? "" : `, who goes on to v${to}`;
}

interface Aim {
  readonly app: App;
  /** Several apps bake together: the end of that is the way back. */
  readonly isJointBake: boolean;
}

/**
 * The app whose candidate is what the way back leads away from; `undefined` when it leads to a release by
 * number, or when a rollout bakes alone: what is live is its candidate then, and the way back leads behind that.
 */
async function aimedAt({ app: name, to }: Wish, ports: DeliveryPorts): Promise<Aim | undefined> {
  const { store } = ports;
  const app = (await store.get("app", name))?.body;
  const active = app?.activeRollout;
  const rollout = active === undefined ? undefined : await store.get("rollout", active);
  if (app === undefined) return undefined;
  if (rollout !== undefined && isJointBake(rollout.body)) return { app, isJointBake: true };
  const isToLive = to === undefined || to === (await candidateLeftFor(app, ports));
  const isAimed = isToLive && rollout?.body.publishedAt === undefined;
  return isAimed ? { app, isJointBake: false } : undefined;
}

/**
 * Whether a candidate that was being let in is gone: what was live before is live, and that is the way
 * back that was asked for. One more step would take away what nobody complained about.
 */
async function isBack(
  { app: before, isJointBake: wasJoint }: Aim,
  { app: now, to }: { readonly app: Stored<App>; readonly to: number | undefined },
  ports: DeliveryPorts,
): Promise<boolean> {
  if (before.activeRollout === undefined) return false;
  if (!wasJoint) return before.liveRelease === now.body.liveRelease;
  if (before.liveRelease === now.body.liveRelease) return false;
  return to === undefined || to === (await liveRelease(now, ports))?.number;
}

async function stay(
  app: Stored<App>,
  ports: DeliveryPorts,
): Promise<Result<Back, WrongState> | undefined> {
  const live = await liveRelease(app, ports);
  return live === undefined
    ? err({
        code: "wrong_state",
        what: "app",
        state: "without a live release",
        next: "push a change: what was being let in is taken away",
      })
    : ok({ release: live });
}

interface Going {
  readonly ports: DeliveryPorts;
  readonly signal: AbortSignal;
}

/** Gives `undefined` when the app changed in between and the caller starts over. */
async function goBack(
  app: Stored<App>,
  { to, actor, reason }: Wish,
  going: Going,
): Promise<Result<Back, Refusal> | undefined> {
  const found = await targetOf(app.body, to, going.ports);
  if (!found.ok) return found;
  const { restored, left, ...targets } = found.value;
  const made = await restore(app, { ...targets, actor, reason }, going);
  return made?.ok === true ? ok({ release: made.value, restored, left }) : made;
}

async function restore(
  app: Stored<App>,
  asked: Targets & Pick<Wish, "actor" | "reason">,
  { ports, signal }: Going,
): Promise<Result<Release, Unavailable> | undefined> {
  const { target } = asked;
  const artifact = await ports.store.get("artifact", target.body.artifact);
  if (artifact === undefined || !(await isKept(target.body, ports))) {
    return err(notKept(target.body));
  }
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
  if (isWarm(target.body)) {
    const body = { ...fresh, instances: ownOf(target.body), ...levelOf(target.body) };
    const release = { id: body.id, version: 0, body };
    return written(await writeRestored(app, { ...asked, release, policy }, ports));
  }
  const started = await startCold(app, fresh, { ports, signal });
  if (started === undefined) return undefined;
  if (!started.ok) return err(unavailable(target.body, started.error.message));
  const { app: numbered, release } = started.value;
  const restored = await writeRestored(numbered, { ...asked, release, policy }, ports);
  return written(restored);
}

function written(release: Release | undefined): Result<Release, Unavailable> | undefined {
  return release === undefined ? undefined : ok(release);
}

/** Whether it still runs and answers: its processes serve on under the new release. */
function isWarm(release: Release): boolean {
  return (
    release.state === "warm" &&
    ownOf(release).some((each) => each.processType === "web" && each.state === "ready")
  );
}

/** Whether it could serve again: it still runs, or what was built of it is there. */
export async function isKept(
  release: Release,
  { shelf }: Pick<DeliveryPorts, "shelf">,
): Promise<boolean> {
  const isOver = release.state === "stopped" || release.state === "failed";
  return !isOver || (await shelf.holds(release.artifact));
}

/** Not those of a fresh baseline: they end with their candidate. */
function ownOf({ instances }: Release): Release["instances"] {
  return instances.filter(({ freshFor }) => freshFor === undefined);
}

function levelOf({ sandboxLevel }: Release): Pick<Release, "sandboxLevel"> {
  return sandboxLevel === undefined ? {} : { sandboxLevel };
}

function notKept(release: Release): Unavailable {
  return unavailable(release, "its artifact is not kept any more");
}

function unavailable({ number }: Release, reason: string): Unavailable {
  return { code: "unavailable", what: `v${number}`, reason, retryAfterMs: 0 };
}
