/** Who is served by what: the route table as a pure function of the documents. */
import {
  type App,
  type AppRoute,
  type ArmRoute,
  finalRolloutStates,
  type Release,
  type Rollout,
  type UserKeyPolicy,
} from "#domain";
import { requestTimeoutMs } from "./limits.ts";

export interface Routed {
  readonly app: App;
  readonly live?: Release;
  readonly rollout?: Rollout;
  readonly candidate?: Release;
}

const edgeCookie: UserKeyPolicy = { from: "edge_cookie" };

/** Renders the table of all apps, sorted by name, so that equal states give equal tables. */
export function routesOf(apps: readonly Routed[]): readonly AppRoute[] {
  return apps.map((routed) => routeOf(routed)).toSorted((a, b) => (a.app < b.app ? -1 : 1));
}

function routeOf({ app, live, rollout, candidate }: Routed): AppRoute {
  const isMoving = rollout !== undefined && !finalRolloutStates.has(rollout.state);
  return {
    app: app.name,
    hosts: [`${app.name}.localhost`],
    ...(live === undefined ? {} : { baseline: armOf(live) }),
    ...(isMoving && candidate !== undefined
      ? {
          rollout: {
            id: rollout.id,
            salt: rollout.salt,
            candidate: armOf(candidate),
            exposure: rollout.exposure,
            rules: [],
          },
        }
      : {}),
    userKey: rollout?.policy.userKey ?? edgeCookie,
    requestTimeoutMs,
  };
}

function armOf(release: Release): ArmRoute {
  return {
    release: release.id,
    label: `v${release.number}`,
    targets: release.instances.flatMap(({ id, host, port, state }) =>
      state === "ready" && host !== undefined && port !== undefined
        ? [{ instance: id, host, port }]
        : [],
    ),
  };
}
