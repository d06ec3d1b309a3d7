/** Decides which arm serves a request. Pure: the table and the request go in, the arm comes out. */
import { sha256Hex } from "#std";
import { bucketOf, hashUser, type UserHash } from "./hash.ts";
import type { ActiveApp, ActiveArm, ActiveRule } from "./table.ts";
import { readCookie, userCookieName, type UserKeys } from "./user-key.ts";
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

/** Rules first, then the bucket: a growing exposure only ever adds users to the candidate. */
export function assign(app: ActiveApp, visitor: Visitor, keys: UserKeys): Assignment {
  const preview = app.rollout?.isPreview === true ? app.rollout.candidate : undefined;
  // Who looks at a preview is no user of the experiment, and gets no cookie that would make them one.
  if (preview !== undefined) {
    return { arm: preview, tally: preview.rule, user: undefined, mintedCookie: undefined };
  }
  const known = userKeyOf(app, visitor, keys);
  if (known !== undefined) return place(app, visitor, { key: known, mintedCookie: undefined });
  const { key, cookieValue } = keys.mint();
  return place(app, visitor, { key, mintedCookie: cookieValue });
}

function place(
  app: ActiveApp,
  visitor: Visitor,
  { key, mintedCookie }: { readonly key: string; readonly mintedCookie: string | undefined },
): Assignment {
  const { baseline, rollout } = app;
  if (rollout === undefined) {
    return { arm: baseline, tally: baseline?.random, user: undefined, mintedCookie };
  }
  const rule = rollout.rules.find((each) => isIn(each, visitor, key));
  if (rule !== undefined) {
    const arm = armOf(app, rule.arm === "candidate");
    return { arm, tally: arm?.rule, user: undefined, mintedCookie };
  }
  const hash = hashUser(rollout.seeds, key);
  const bucket = bucketOf(hash);
  const { fresh } = rollout;
  const isFresh = fresh !== undefined && bucket >= fresh.from;
  const arm = isFresh ? fresh.arm : armOf(app, bucket < rollout.exposure);
  const user = mintedCookie === undefined ? hash : undefined;
  return { arm, tally: arm?.random, user, mintedCookie };
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

function armOf(app: ActiveApp, isCandidate: boolean): ActiveArm | undefined {
  const candidate = app.rollout?.candidate;
  // A candidate without instances serves nobody; its exposure is 0 in the counts then.
  return isCandidate && candidate !== undefined && candidate.upstreams.length > 0
    ? candidate
    : app.baseline;
}

function userKeyOf(app: ActiveApp, visitor: Visitor, keys: UserKeys): string | undefined {
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
