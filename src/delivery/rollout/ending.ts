/** The good end of a rollout, and of all that go together with it: everybody is let in. */
import {
  bucketCount,
  type App,
  type Release,
  type Rollout,
  type Stored,
  type WorkItem,
} from "#domain";
import { some } from "#std";
import { bakedEntry, publishedEntry } from "./ending-entries.ts";
import {
  appPut,
  converging,
  type Ended,
  type EndingDrive,
  type Finish,
  type Outcome,
  type Part,
  partiesOf,
  partsOf,
  releasePut,
  rewrite,
  rolloutPut,
  writeEnd,
} from "./ending-parts.ts";
import { toldBy } from "./joint.ts";
import { fullExposure } from "./steps.ts";

/**
 * Everybody is let in: first the table, so that "everybody has it" is true when it is said, then one
 * transaction with the end, then the processes. A policy with a bake ends there for the change, while the
 * rollout goes on: its candidate is live, the release before is its control, and the second time this
 * ends the bake.
 */
export async function finishWell(asked: Finish, drive: EndingDrive): Promise<Outcome> {
  if (asked.before[0]?.body.state === "baking") {
    const baked = await partsOf(asked.rollouts, asked.before, async (rollout, stored) =>
      bakedPart(rollout, { stored, because: asked.because }, drive),
    );
    return await writeEnd(baked, asked, drive);
  }
  const opened = await openFully(asked, drive);
  if (opened === undefined) return "go on";
  const published = await partsOf(asked.rollouts, opened, async (rollout, stored) =>
    publishedPart(rollout, { stored, because: asked.because }, drive),
  );
  return await writeEnd(published, asked, drive);
}

async function publishedPart(
  judged: Rollout,
  { stored, because }: Ended,
  { ports, ending }: EndingDrive,
): Promise<Part | undefined> {
  const now = ports.clock.now();
  const published = publishedOf({ rollout: judged, because }, stored.body.exposure, now);
  const isBaking = published.state === "baking";
  const found = isBaking ? undefined : await ending.newErrors(judged);
  const rollout = { ...published, ...some("newErrors", found) };
  const parties = await partiesOf(rollout, ports);
  if (parties === undefined) return undefined;
  const { app, candidate, baseline } = parties;
  const entry = publishedEntry(rollout, candidate.body, ports);
  const extras = await ending.moveOn(rollout, entry);
  const { activeRollout: _over, ...idle } = app.body;
  const live: App = { ...(isBaking ? app.body : idle), liveRelease: candidate.body.id };
  const left = rollout.exposure < bucketCount ? "exposed" : "warm";
  return {
    rollout,
    entry,
    documents: [
      rolloutPut(rollout, stored.version),
      appPut(app, live),
      releasePut(candidate, { state: "live", publishedAt: now }),
      ...(baseline === undefined ? [] : [releasePut(baseline, { state: left })]),
      ...extras.documents,
    ],
    enqueue: [
      ...extras.enqueue,
      ...[candidate, baseline].flatMap((release) => converging(release)),
      ...(isBaking ? [] : cooling(baseline, rollout, now)),
    ],
  };
}

/** The rollout once everybody has the candidate: it bakes, if its policy says so and there is a way back. Pure. */
export function publishedOf(
  { rollout, because }: { readonly rollout: Rollout; readonly because: string },
  exposure: number,
  now: number,
): Rollout {
  const { command: _done, waitsSince: _waits, asks: _answered, ...rest } = rollout;
  const isBaking = rest.policy.bake !== undefined && rest.baseline !== undefined;
  return {
    ...rest,
    firstExposedAt: rest.firstExposedAt ?? now,
    publishedAt: now,
    reason: toldBy(rollout, because),
    ...(isBaking
      ? { state: "baking", exposure }
      : { state: "promoted", exposure: bucketCount, finishedAt: now }),
  };
}

/** The control goes over to what everybody has, and the release before is as warm as after any rollout. */
async function bakedPart(
  judged: Rollout,
  { stored, because }: Ended,
  { ports, ending }: EndingDrive,
): Promise<Part | undefined> {
  const now = ports.clock.now();
  const { command: _done, waitsSince: _waits, asks: _answered, ...rest } = judged;
  const rollout: Rollout = {
    ...rest,
    state: "promoted",
    exposure: bucketCount,
    finishedAt: now,
    reason: toldBy(rest, because),
    ...some("newErrors", await ending.newErrors(judged)),
  };
  const parties = await partiesOf(rollout, ports);
  if (parties === undefined) return undefined;
  const { app, candidate, baseline } = parties;
  const { activeRollout: _over, ...idle } = app.body;
  return {
    rollout,
    entry: bakedEntry(rollout, candidate.body),
    documents: [
      rolloutPut(rollout, stored.version),
      appPut(app, idle),
      ...(baseline === undefined ? [] : [releasePut(baseline, { state: "warm" })]),
    ],
    enqueue: [...converging(baseline), ...cooling(baseline, rollout, now)],
  };
}

function cooling(
  baseline: Stored<Release> | undefined,
  { app, policy }: Rollout,
  now: number,
): readonly WorkItem[] {
  if (baseline === undefined) return [];
  return [{ kind: "tidy", key: `cool:${baseline.id}`, app, dueAt: now + policy.warmMs }];
}

/** Routes everybody (but the control) to the candidate; the noted command makes whoever takes over go on here. */
async function openFully(
  { before, rollouts, lease, because }: Finish,
  { ports, routes }: EndingDrive,
): Promise<readonly Stored<Rollout>[] | undefined> {
  const at = ports.clock.now();
  const isOpen = before.every(({ body }) => body.exposure >= allOf(body));
  if (isOpen) return before;
  const noted = rollouts[0]?.command ?? { kind: "promote", by: "rollout", reason: because, at };
  const bodies = rollouts.map((rollout): Rollout => ({
    ...rollout,
    exposure: allOf(rollout),
    firstExposedAt: rollout.firstExposedAt ?? at,
    reason: toldBy(rollout, because),
    command: noted,
  }));
  const opened = await rewrite(before, bodies, { lease, ports });
  if (opened !== undefined) await routes.publish();
  return opened;
}

/** Everybody, but for a control where there is something to stay on. */
function allOf({ baseline, policy }: Rollout): number {
  return baseline === undefined ? bucketCount : fullExposure(policy);
}
