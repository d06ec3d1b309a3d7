/** The handlers of who is in a rollout. Each reaches the delivery and nothing else. */
import type { Delivery } from "#delivery";
import type { cohortRoutes } from "#faces/api/contract";
import type { Handlers } from "./handlers.ts";
import { mapped } from "./named.ts";
import { copy } from "./resources.ts";

export type CohortRoutes = keyof typeof cohortRoutes;

export function cohortHandlers(delivery: Delivery): Pick<Handlers, CohortRoutes> {
  return {
    "POST /api/v1/rollouts/:rollout/links": async ({ params, body }, { actor }) =>
      mapped(await delivery.cohortLinks({ idOrApp: params.rollout, to: body.to }, actor), (made) =>
        copy(made),
      ),
    "GET /api/v1/rollouts/:rollout/user": async ({ params, query }) =>
      mapped(await delivery.userPlace({ idOrApp: params.rollout, key: query.key }), (place) =>
        copy(place),
      ),
  };
}
