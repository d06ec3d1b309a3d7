/** Decides which arm serves a request. Pure: the table and the request go in, the arm comes out. */
import { sha256Hex } from "#std";
import { type Arm, userCookieName } from "#domain";
import { bucketOf, hashUser, type Seeds, type UserHash } from "./hash.ts";
import { handCookieName } from "./passes.ts";
import type { ActiveApp, ActiveArm, ActiveRule } from "./table.ts";
import { readCookie, type UserKeys } from "./user-key.ts";
import type { Tally } from "./tally.ts";

export interface Visitor {
  /** The Cookie header, empty when there was none. */
  readonly cookie: string;
  /** Name, value, name, value, as received. */
  readonly rawHeaders: readonly string[];
}

export interface Assignment {
  /** Absent when nothing serves this app, or not this user. */
  readonly arm: ActiveArm | undefined;
  readonly tally: Tally | undefined;
  /** Set when chance decided for a user who came with a key. */
  readonly user: UserHash | undefined;
  /** The cookie to set: the user came without a key. */
  readonly mintedCookie: string | undefined;
}

/** What decides about a user, of a rollout. */
export interface Choice {
  readonly seeds: Seeds;
  /** Buckets of the candidate. */
  readonly exposure: number;
  readonly rules: readonly ActiveRule[];
  /** The fresh baseline's first bucket. */
  readonly freshFrom: number | undefined;
}

export type Chosen =
  /** Their browser was put there, by our cookie. */
  | { readonly by: "hand"; readonly arm: Arm }
  /** `rule`: its index. */
  | { readonly by: "rule"; readonly arm: Arm; readonly rule: number }
  | {
      readonly by: "chance";
      readonly arm: Arm;
      readonly bucket: number;
      readonly isFresh: boolean;
      readonly hash: UserHash;
    };

/**
 * Decides about one user of a rollout: what they were put into comes first, then rules, then their bucket. A growing
 * exposure only ever adds users to the candidate.
 */
export function choose(
  choice: Choice,
  user: { readonly key: string; readonly visitor: Visitor; readonly hand: Arm | undefined },
): Chosen {
  const { key, visitor, hand } = user;
  if (hand !== undefined) return { by: "hand", arm: hand };
  const index = choice.rules.findIndex((each) => isIn(each, visitor, key));
  const rule = choice.rules[index];
  if (rule !== undefined) return { by: "rule", arm: rule.arm, rule: index };
  const hash = hashUser(choice.seeds, key);
  const bucket = bucketOf(hash);
  const isFresh = choice.freshFrom !== undefined && bucket >= choice.freshFrom;
  const arm = !isFresh && bucket < choice.exposure ? "candidate" : "baseline";
  return { by: "chance", arm, bucket, isFresh, hash };
}

/** Rules first, then the bucket. */
export function assign(app: ActiveApp, visitor: Visitor, keys: UserKeys): Assignment {
  const preview = app.rollout?.isPreview === true ? app.rollout.candidate : undefined;
  // Who looks at a preview is no user of the experiment, and gets no cookie that would make them one.
  if (preview !== undefined) {
    return { arm: preview, tally: preview.rule, user: undefined, mintedCookie: undefined };
  }
  const known = userKeyOf(app, visitor, keys);
  const { key, cookieValue: mintedCookie } = known === undefined ? keys.mint() : { key: known };
  const { baseline, rollout } = app;
  if (rollout === undefined) {
    return { arm: baseline, tally: baseline?.random, user: undefined, mintedCookie };
  }
  const hand = handOf(app, visitor, keys);
  const { arm, tally, user } = placed(app, choose(rollout.choice, { key, visitor, hand }));
  // Of a key that was made up for this request nobody knows whether it comes back.
  return { arm, tally, user: mintedCookie === undefined ? user : undefined, mintedCookie };
}

function placed(app: ActiveApp, chosen: Chosen): Omit<Assignment, "mintedCookie"> {
  if (chosen.by !== "chance") {
    const arm = armOf(app, chosen.arm);
    return { arm, tally: arm?.rule, user: undefined };
  }
  const fresh = chosen.isFresh ? app.rollout?.fresh : undefined;
  const arm = fresh ?? armOf(app, chosen.arm);
  return { arm, tally: arm?.random, user: chosen.hash };
}

/** Where this browser was put by hand, in the app's rollout of now. */
export function handOf(app: ActiveApp, { cookie }: Visitor, keys: UserKeys): Arm | undefined {
  const { rollout } = app;
  if (rollout?.isByHand !== true || cookie === "") return undefined;
  const value = readCookie(cookie, handCookieName);
  if (value === undefined) return undefined;
  return keys.passes.armOf(value, { app: app.name, rollout: rollout.id });
}

/** A part of a segment is cut by its own seeds: by exposure's, the rest of it would not be a chance sample. */
function isIn({ match, cut }: ActiveRule, visitor: Visitor, key: string): boolean {
  const isNamed =
    match.kind === "user"
      ? match.keys.has(key) || (match.hashes.size > 0 && match.hashes.has(sha256Hex(key)))
      : valueOf(visitor, match) === match.value;
  if (!isNamed || cut === undefined) return isNamed;
  return bucketOf(hashUser(cut.seeds, key)) < cut.buckets;
}

function armOf(app: ActiveApp, wanted: Arm): ActiveArm | undefined {
  const candidate = app.rollout?.candidate;
  // A candidate without instances serves nobody; its exposure is 0 in the counts then.
  return wanted === "candidate" && candidate !== undefined && candidate.upstreams.length > 0
    ? candidate
    : app.baseline;
}

/** The user's key: the app's own, or that of our cookie; none when they came without one. */
export function userKeyOf(app: ActiveApp, visitor: Visitor, keys: UserKeys): string | undefined {
  if (app.keySource !== undefined) {
    const value = valueOf(visitor, app.keySource);
    if (value !== undefined && value !== "") return value;
  }
  if (visitor.cookie === "") return undefined;
  const cookieValue = readCookie(visitor.cookie, userCookieName);
  return cookieValue === undefined ? undefined : keys.verify(cookieValue);
}

function valueOf(
  visitor: Visitor,
  source: { readonly kind: "header" | "cookie"; readonly name: string },
): string | undefined {
  if (source.kind === "cookie") return readCookie(visitor.cookie, source.name);
  const { rawHeaders } = visitor;
  for (let index = 0; index < rawHeaders.length; index += 2) {
    if (rawHeaders[index]?.toLowerCase() === source.name) return rawHeaders[index + 1];
  }
  return undefined;
}
