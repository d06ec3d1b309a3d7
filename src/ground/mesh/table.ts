/**
 * The route table as the data path wants it: everything about an app that does not depend on the
 * request is worked out once, when the table comes into effect.
 */
import {
  bucketCount,
  type AppRoute,
  type Arm,
  type ArmRoute,
  type CohortRule,
  type InstanceId,
  type RolloutId,
  type RouteTable,
  type RouteTarget,
} from "#domain";
import type { Choice } from "./cohort.ts";
import { seedsOf, type Seeds } from "./hash.ts";
import { type ExceptedPaths, exceptedPaths } from "./mirror-except.ts";
import { RolloutUsers } from "./rollout-users.ts";
import { Tally, type TallyKey } from "./tally.ts";
import type { Upstream } from "./upstream.ts";

export interface ActiveArm {
  readonly arm: Arm;
  readonly release: ArmRoute["release"];
  /** "v12". */
  readonly label: string;
  readonly upstreams: readonly Upstream[];
  readonly random: Tally;
  readonly rule: Tally;
  /** Whose turn it is among equally busy instances. */
  readonly turn: { next: number };
}

export interface ActiveRule {
  readonly arm: CohortRule["arm"];
  readonly match:
    | Exclude<CohortRule["match"], { readonly kind: "user" }>
    | {
        readonly kind: "user";
        readonly keys: ReadonlySet<string>;
        /** SHA-256 of keys, hexadecimal. */
        readonly hashes: ReadonlySet<string>;
      };
  /** Only these buckets of those who match. */
  readonly cut: { readonly seeds: Seeds; readonly buckets: number } | undefined;
}

export interface ActiveApp {
  readonly name: AppRoute["app"];
  readonly baseline: ActiveArm | undefined;
  readonly rollout:
    | {
        readonly id: RolloutId;
        /** Who gets what. */
        readonly choice: Choice;
        /** Whether a browser may be in it, or out of it, by our cookie. */
        readonly isByHand: boolean;
        readonly candidate: ActiveArm;
        /** Serves the buckets from `freshFrom` up; absent: there is none, or none of its instances is up. */
        readonly fresh: ActiveArm | undefined;
        /** 0 when nothing is mirrored. */
        readonly mirrorPercent: number;
        /** Paths that are never mirrored. */
        readonly mirrorExcept: ExceptedPaths | undefined;
        /** Whether this is the preview address, where everybody gets the candidate. */
        readonly isPreview: boolean;
      }
    | undefined;
  /** Where the app's own user key is; absent: the edge's cookie. */
  readonly keySource: { readonly kind: "header" | "cookie"; readonly name: string } | undefined;
  readonly requestTimeoutMs: number;
}

type RolloutRoute = NonNullable<AppRoute["rollout"]>;

export interface ActiveTable {
  readonly version: number;
  readonly apps: ReadonlyMap<string, ActiveApp>;
  readonly instances: ReadonlySet<InstanceId>;
}

export const emptyTable: ActiveTable = { version: 0, apps: new Map(), instances: new Set() };

/** What outlives a table: tallies that go on counting, users that were met. */
export class Memory {
  readonly dirty = new Set<Tally>();
  #tallies = new Map<string, Tally>();
  #users = new Map<string, RolloutUsers>();

  /** Opens the memory of the next table; what it does not ask for is forgotten. */
  next(): { tally(key: TallyKey): Tally } {
    const [tallies, users] = [this.#tallies, this.#users];
    this.#tallies = new Map();
    this.#users = new Map();
    return {
      tally: (key) => {
        const id = JSON.stringify(key);
        const tally =
          this.#tallies.get(id) ??
          tallies.get(id) ??
          new Tally(key, this.#usersOf(key, users), this.dirty);
        this.#tallies.set(id, tally);
        if (key.rollout !== undefined && tally.users !== undefined) {
          this.#users.set(key.rollout, tally.users);
        }
        return tally;
      },
    };
  }

  #usersOf(key: TallyKey, before: ReadonlyMap<string, RolloutUsers>): RolloutUsers | undefined {
    // People put there by rule are no part of the experiment, so nobody needs to remember them.
    if (key.rollout === undefined || key.assignedBy === "rule") return undefined;
    return this.#users.get(key.rollout) ?? before.get(key.rollout) ?? new RolloutUsers();
  }
}

export function activate(
  table: RouteTable,
  memory: Memory,
  upstreamOf: (target: RouteTarget) => Upstream,
): ActiveTable {
  const next = memory.next();
  const tally = (key: TallyKey) => next.tally(key);
  const apps = new Map<string, ActiveApp>();
  const instances = new Set<InstanceId>();
  const activated: (readonly [AppRoute, ActiveApp])[] = [];
  for (const route of table.apps) {
    const app = activateApp(route, tally, (target) => {
      instances.add(target.instance);
      return upstreamOf(target);
    });
    for (const host of route.hosts) apps.set(host.toLowerCase(), app);
    activated.push([route, app]);
  }
  // An app's own name comes before the preview of another one.
  for (const [{ rollout }, app] of activated) {
    if (app.rollout === undefined) continue;
    const preview: ActiveApp = { ...app, rollout: { ...app.rollout, isPreview: true } };
    for (const host of rollout?.previewHosts ?? []) {
      if (!apps.has(host.toLowerCase())) apps.set(host.toLowerCase(), preview);
    }
  }
  return { version: table.version, apps, instances };
}

function activateApp(
  route: AppRoute,
  tally: (key: TallyKey) => Tally,
  upstreamOf: (target: RouteTarget) => Upstream,
): ActiveApp {
  const { rollout } = route;
  const exposure = rollout === undefined ? 0 : servedExposure(rollout);
  const fresh = rollout?.fresh;
  const freshBuckets = rollout && servedFreshBuckets(rollout);
  const arm = (name: Arm, armRoute: ArmRoute, isAside = false): ActiveArm => {
    const key = {
      app: route.app,
      release: armRoute.release,
      arm: name,
      ...(rollout === undefined ? {} : { rollout: rollout.id }),
      exposure,
      ...(freshBuckets === undefined ? {} : { freshBuckets }),
      ...(isAside ? { isAside } : {}),
    };
    return {
      arm: name,
      release: armRoute.release,
      label: armRoute.label,
      upstreams: armRoute.targets.map(upstreamOf),
      random: tally({ ...key, assignedBy: "random" }),
      rule: tally({ ...key, assignedBy: "rule" }),
      turn: { next: 0 },
    };
  };
  return {
    name: route.app,
    baseline:
      route.baseline === undefined
        ? undefined
        : arm("baseline", route.baseline, fresh !== undefined),
    rollout:
      rollout === undefined
        ? undefined
        : {
            id: rollout.id,
            choice: choiceOf(rollout),
            isByHand: rollout.isByHand === true,
            candidate: arm("candidate", rollout.candidate),
            fresh:
              fresh !== undefined && freshBuckets !== undefined && route.baseline !== undefined
                ? freshOf({ ...route.baseline, targets: fresh.targets }, arm)
                : undefined,
            mirrorPercent: rollout.mirrorPercent ?? 0,
            mirrorExcept: exceptedPaths(rollout.mirrorExcept),
            isPreview: false,
          },
    keySource: keySourceOf(route),
    requestTimeoutMs: route.requestTimeoutMs,
  };
}

function freshOf(
  route: ArmRoute,
  arm: (name: Arm, route: ArmRoute) => ActiveArm,
): ActiveArm | undefined {
  return route.targets.length === 0 ? undefined : arm("baseline", route);
}

/** Buckets that a rollout's candidate has: of one without instances, none. */
export function servedExposure({ candidate, exposure }: RolloutRoute): number {
  return candidate.targets.length === 0 ? 0 : exposure;
}

/** Buckets of the fresh baseline: what nobody serves has none, and its users are on the running baseline. */
export function servedFreshBuckets({ fresh }: RolloutRoute): number | undefined {
  return fresh && (fresh.targets.length === 0 ? 0 : fresh.buckets);
}

/** Who gets what in a rollout, as edges decide it and as people are told. */
export function choiceOf(rollout: RolloutRoute): Choice {
  const freshBuckets = servedFreshBuckets(rollout);
  return {
    seeds: seedsOf(rollout.salt),
    exposure: servedExposure(rollout),
    rules: rollout.rules.map((rule) => activateRule(rule, rollout.salt)),
    freshFrom: freshBuckets === undefined ? undefined : bucketCount - freshBuckets,
  };
}

export function keySourceOf(route: AppRoute): ActiveApp["keySource"] {
  const { from, name } = route.userKey;
  if (from === "edge_cookie" || name === undefined) return undefined;
  return { kind: from, name: from === "header" ? name.toLowerCase() : name };
}

const hashed = "sha256:";

function activateRule({ arm, match, buckets }: CohortRule, salt: string): ActiveRule {
  const cut = buckets === undefined ? undefined : { seeds: seedsOf(`${salt}/rule`), buckets };
  if (match.kind === "user") {
    const keys = new Set(match.keys.filter((key) => !key.startsWith(hashed)));
    const hashes = new Set(
      match.keys.filter((key) => key.startsWith(hashed)).map((key) => key.slice(hashed.length)),
    );
    return { arm, cut, match: { kind: "user", keys, hashes } };
  }
  const name = match.kind === "header" ? match.name.toLowerCase() : match.name;
  return { arm, cut, match: { ...match, name } };
}
