/** Who is in a rollout: whether a user is, since when and why, and links by which a browser is put in or out. */
import { err, ok, some, type Result } from "#std";
import {
  bucketCount,
  finalRolloutStates,
  signed,
  type Actor,
  type AppName,
  type Arm,
  type CohortPass,
  type Forbidden,
  type InvalidInput,
  type JournalEntry,
  type NewEntry,
  type NotFound,
  type Rollout,
  type RolloutId,
  type UserPlace,
  type WrongState,
  userCookieName,
} from "#domain";
import { isTakenOut, membersOf } from "#delivery/rollout";
import { findRollout } from "./find.ts";
import type { Hands } from "./hands.ts";
import { jointRefusal } from "./joint-rights.ts";
import { changeEntriesMax, cohortPassMs } from "./limits.ts";
import type { DeliveryPorts } from "./ports.ts";
import { inSince } from "./in-since.ts";

export interface CohortLinks {
  /** The app's own first, then those that go together with it: each has cookies of its own. */
  readonly links: readonly { readonly app: AppName; readonly url: string }[];
  readonly expiresAt: number;
}

export interface UserPlaceView {
  readonly rollout: RolloutId;
  readonly app: AppName;
  readonly isIn: boolean;
  /** What the user has: "v12". */
  readonly release?: string;
  readonly by: UserPlace["by"];
  /** A sentence without its full stop. */
  readonly because: string;
  /** When they got it, where the journal says so. */
  readonly sinceAt?: number;
  /** 0..9999, where chance decides. */
  readonly bucket?: number;
  /** When it is otherwise: what else decides than the key, a sentence each. */
  readonly unless: readonly string[];
}

export interface Cohorts {
  /** Makes links by which whoever opens them may put their browser in, or out; the journal says who made them. */
  cohortLinks(
    input: { readonly idOrApp: string; readonly to: Arm },
    actor: Actor,
  ): Promise<Result<CohortLinks, NotFound | WrongState | Forbidden>>;
  /** Says where a user with this key is, by the function that the edge asks. */
  userPlace(query: {
    readonly idOrApp: string;
    readonly key: string;
  }): Promise<Result<UserPlaceView, NotFound | InvalidInput>>;
}

export function cohorts(ports: DeliveryPorts): Pick<Cohorts, "userPlace"> {
  return {
    async userPlace({ idOrApp, key }) {
      const found = await findRollout(idOrApp, ports);
      return found.ok ? await placeIn(found.value, key, ports) : found;
    },
  };
}

/** The edges may not know of a rollout yet that nobody has met: they do when its links are there. */
export async function cohortLinks(
  rollout: Rollout,
  asked: { readonly to: Arm; readonly actor: Actor },
  { ports, routes }: Pick<Hands, "ports" | "routes">,
): Promise<Result<CohortLinks, WrongState | Forbidden>> {
  const made = await linksOf(rollout, asked, ports);
  if (made.ok) await routes.publish();
  return made;
}

async function linksOf(
  rollout: Rollout,
  { to, actor }: { readonly to: Arm; readonly actor: Actor },
  ports: DeliveryPorts,
): Promise<Result<CohortLinks, WrongState | Forbidden>> {
  const { store, clock, dataPlane } = ports;
  if (rollout.baseline === undefined) {
    const next = "it is the first release: there is no other to be on";
    return err({ code: "wrong_state", what: "rollout", state: rollout.state, next });
  }
  if (finalRolloutStates.has(rollout.state) || isTakenOut(rollout)) {
    const next = "there is nothing to be in or out of: everybody has the same release";
    return err({ code: "wrong_state", what: "rollout", state: rollout.state, next });
  }
  const refused = await jointRefusal(rollout, { permission: "rollout.join", actor }, ports);
  if (refused !== undefined) return err(refused);
  const expiresAt = clock.now() + cohortPassMs;
  const others = membersOf(rollout).filter((id) => id !== rollout.id);
  const stored = await Promise.all(others.map(async (id) => await store.get("rollout", id)));
  const members = [rollout, ...stored.flatMap((each) => (each === undefined ? [] : [each.body]))];
  await store.commit({ entries: members.map((member) => linkEntry(member, to, actor)) });
  return ok({
    expiresAt,
    links: members.map(({ app, id }) => {
      const pass: CohortPass = { app, rollout: id, to, by: actor.name, expiresAt };
      return { app, url: dataPlane.linkOf(pass) };
    }),
  });
}

function linkEntry(
  { id, app, change }: Rollout,
  to: Arm,
  actor: Actor,
): NewEntry<"dev.tidegate.rollout.link_made"> {
  return {
    type: "dev.tidegate.rollout.link_made",
    app,
    change,
    ...signed(actor),
    data: { rollout: id, arm: to },
  };
}

async function placeIn(
  rollout: Rollout,
  key: string,
  ports: DeliveryPorts,
): Promise<Result<UserPlaceView, InvalidInput>> {
  const { id, app, state, reason } = rollout;
  const about = { rollout: id, app };
  if (finalRolloutStates.has(state)) {
    const isIn = state === "promoted";
    const release = await labelOf(isIn ? rollout.candidate : rollout.baseline, ports);
    const because = `the rollout is over, and everybody has the same: ${reason}`;
    return ok({
      ...about,
      isIn,
      ...some("release", release),
      by: "everybody",
      because,
      ...some("sinceAt", rollout.finishedAt),
      unless: [],
    });
  }
  const place = ports.dataPlane.placeOf(app, key);
  if (place === "not_a_user") return err(notAUser(app));
  const entries = await ports.store.entries({
    after: 0,
    limit: changeEntriesMax,
    change: rollout.change,
  });
  return ok({
    ...about,
    isIn: place !== undefined && place.by !== "everybody" && place.arm === "candidate",
    ...some("release", place?.label),
    by: place?.by ?? "everybody",
    because: becauseOf(place, rollout),
    ...some("sinceAt", sinceOf(place, rollout, entries)),
    ...(place?.by === "chance" ? { bucket: place.bucket } : {}),
    unless: unlessOf(rollout),
  });
}

/** Hashing whatever was typed would give a place, and a wrong one. */
function notAUser(app: AppName): InvalidInput {
  return {
    code: "invalid_input",
    field: "key",
    expected:
      `the value of a visitor's cookie ${userCookieName}: ${app} has no userKey, so users are told apart by ` +
      "that cookie of the edge, and a name says nothing",
    next: `Give the value of the cookie ${userCookieName}, or set rollout.userKey in tidegate.yaml.`,
  };
}

function becauseOf(place: UserPlace | undefined, rollout: Rollout): string {
  if (place === undefined) return "nothing serves this app now";
  switch (place.by) {
    case "everybody":
      return "the edges have no rollout of this app yet, or none any more: everybody has the same";
    case "rule": {
      const rule = rollout.policy.cohorts?.rules[place.rule];
      const part = rule?.percent === undefined ? "" : `, and is among ${rule.percent} % of them`;
      return `rule ${place.rule + 1} of the policy names the user${part}`;
    }
    default: {
      const { bucket, exposure, isFresh } = place;
      const where = `chance: the user is in bucket ${bucket} of ${bucketCount}`;
      if (isFresh) return `${where}, among those on fresh instances of the release before`;
      return `${where}, and the candidate has those below ${exposure}`;
    }
  }
}

function sinceOf(
  place: UserPlace | undefined,
  rollout: Rollout,
  entries: readonly JournalEntry[],
): number | undefined {
  if (place === undefined || place.by === "everybody") return undefined;
  return inSince(place, { rollout: rollout.id, startedAt: rollout.startedAt, entries });
}

/** What else decides than the key that was asked for. */
function unlessOf({ policy }: Rollout): readonly string[] {
  const sent = (policy.cohorts?.rules ?? []).flatMap(({ match }) =>
    match.kind === "user"
      ? []
      : [`who sends the ${match.kind} ${match.name}: ${match.value} is in by rule`],
  );
  return [...sent, "a browser that was put in or out by a link has what it was put into"];
}

async function labelOf(
  release: Rollout["baseline"],
  { store }: DeliveryPorts,
): Promise<string | undefined> {
  const stored = release === undefined ? undefined : await store.get("release", release);
  return stored === undefined ? undefined : `v${stored.body.number}`;
}
