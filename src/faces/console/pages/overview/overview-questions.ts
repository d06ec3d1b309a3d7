/** What the overview asks before it shows anything. */
import { ask } from "../../api/ask.ts";

const lastChanges = 8;
const underWayMax = 24;

export const overviewQuestions = {
  underWay: ask("GET /api/v1/overview", { query: { show: "under_way", limit: underWayMax } }),
  held: ask("GET /api/v1/overview", { query: { show: "held", limit: underWayMax } }),
  lastChanges: ask("GET /api/v1/changes", { query: { limit: lastChanges } }),
  /** Whether there is any app. */
  first: ask("GET /api/v1/overview", { query: { limit: 1 } }),
} as const;
