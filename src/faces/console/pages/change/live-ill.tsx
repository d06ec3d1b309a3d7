/** That what everybody has does not run well: a change's good end is not the end of what is known of it. */
import { useQuery } from "@tanstack/react-query";
import type { ChangeResource } from "#faces/api/contract";
import { ask } from "../../api/ask.ts";
import { IllNotice } from "../app/ill-notice.tsx";

export function LiveIll({ change }: { readonly change: ChangeResource }) {
  const isLive = change.standing === "live";
  const params = { app: change.app };
  const { data: app } = useQuery({ ...ask("GET /api/v1/apps/:app", { params }), enabled: isLive });
  const isItsOwn = app?.environments[0]?.live?.change === change.id;
  return isLive && isItsOwn ? <IllNotice app={app} /> : null;
}
