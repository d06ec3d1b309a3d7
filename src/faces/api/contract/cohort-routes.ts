/** The routes that ask who is in a rollout. A part of the table in routes.ts. */
import { z } from "zod";
import { cohortLinks, cohortLinksRequest, userPlace } from "./cohort.ts";
import { json, name } from "./route-parts.ts";

const ofRollout = z.strictObject({ rollout: name });

export const cohortRoutes = {
  "POST /api/v1/rollouts/:rollout/links": {
    ...json,
    access: { permission: "rollout.join", on: "rollout" },
    status: 201,
    summary:
      "Makes links at the app's address by which the browser that opens them is put into a rollout, or out of it; good for ten minutes.",
    params: ofRollout,
    body: cohortLinksRequest,
    response: cohortLinks,
  },
  "GET /api/v1/rollouts/:rollout/user": {
    ...json,
    access: { permission: "cohort.read", on: "rollout" },
    summary: "Tells whether the user with this key is in a rollout, since when and why.",
    params: ofRollout,
    query: z.strictObject({ key: z.string().min(1).max(500) }),
    response: userPlace,
  },
} as const;
