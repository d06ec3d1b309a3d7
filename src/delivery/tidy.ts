/**
 * The chores, each safe to do twice. What one is about is in its key: `converge:<release>`,
 * `cool:<release>`, `forget:<app>`, `retain:<app>`, `sweep`.
 */
import { type AppName, type Lease, parseAppName, parseId } from "#domain";
import { cool, coolOlder } from "./cool.ts";
import { forgetDeleted } from "./delete-app.ts";
import type { Hands } from "./hands.ts";
import { keepLease } from "./lease.ts";
import { retainEveryMs } from "./limits.ts";
import { retain, sweep } from "./retain.ts";

export async function tidy(lease: Lease, hands: Hands, signal: AbortSignal): Promise<void> {
  await using kept = keepLease(lease, hands.ports);
  const [chore = "", what] = lease.key.split(":");
  const release = parseId("rel", what);
  const app = parseAppName(what);
  if (release.ok && chore === "converge") {
    // What was written down with this chore may not be in effect yet: its writer may have died.
    await hands.routes.publish();
    await hands.keeper.converge(release.value, signal);
    if (lease.app !== undefined) await coolOlder(lease.app, hands, signal);
  }
  if (release.ok && chore === "cool") await cool(release.value, hands, signal);
  if (app.ok && chore === "forget") await forgetDeleted(app.value, hands);
  const next = await recurring(chore, app.ok ? app.value : undefined, hands);
  const againAt = hands.ports.clock.now() + retainEveryMs;
  await hands.ports.store.commit({
    lease: kept.current,
    finish: next === "again" ? { againAt } : "done",
  });
}

async function recurring(
  chore: string,
  app: AppName | undefined,
  { ports }: Hands,
): Promise<"again" | "over"> {
  if (chore === "sweep") return await sweep(ports);
  return chore === "retain" && app !== undefined ? await retain(app, ports) : "over";
}
