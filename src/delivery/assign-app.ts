/** An app becomes a team's, or nobody's: what was granted for the team holds for it from then on. */
import { err, ok, some, type Result } from "#std";
import { signed, type Actor, type AppName, type NotFound } from "#domain";
import { updateDocument } from "#delivery/rollout";
import { teamNamed } from "./create-app.ts";
import type { AppView } from "./delivery.ts";
import type { DeliveryPorts } from "./ports.ts";
import { viewOfApp } from "./views.ts";

export async function assignApp(
  { app: name, team }: { readonly app: AppName; readonly team?: string },
  actor: Actor,
  ports: DeliveryPorts,
): Promise<Result<AppView, NotFound>> {
  const owner = await teamNamed(team, ports);
  if (!owner.ok) return owner;
  const assigned = await updateDocument(ports.store, { kind: "app", id: name }, (app) => {
    if (app.deletedAt !== undefined || app.team === owner.value) return undefined;
    const { team: before, ...rest } = app;
    const data = { ...some("before", before), ...some("after", owner.value) };
    return {
      body: { ...rest, ...some("team", owner.value) },
      entries: [{ type: "dev.tidegate.app.assigned", app: name, ...signed(actor), data }],
    };
  });
  return assigned === undefined || assigned.body.deletedAt !== undefined
    ? err({ code: "not_found", what: "app", name })
    : ok(await viewOfApp(assigned.body, ports));
}
