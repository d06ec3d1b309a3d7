/** What the reader may do with an app, so that a button can say so before the API refuses it. */
import { useQuery } from "@tanstack/react-query";
import type { Permission } from "#domain";
import { ask } from "../../api/ask.ts";
import { refusalOf } from "../../shell/rights.ts";
import { useMe } from "../../shell/session.tsx";

/** Why the reader may not, as a phrase; nothing when they may. */
export function useRefusal(app: string, permission: Permission): string | undefined {
  const me = useMe();
  const team = useTeamOf(app);
  return refusalOf(me, permission, { app, team });
}

/** Whose app it is: a team's rights are rights on its apps. */
export function useTeamOf(app: string): string | undefined {
  const { data } = useQuery(ask("GET /api/v1/apps/:app", { params: { app } }));
  return data?.team;
}
