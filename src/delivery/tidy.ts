/**
 * The chores, each safe to do twice. What one is about is in its key: `converge:<release>`,
 * `cool:<release>`, `forget:<app>`.
 */
import { type Lease, parseAppName, parseId } from "#domain";
import { cool, coolOlder } from "./cool.ts";
import { forgetDeleted } from "./delete-app.ts";
import { type Hands } from "./hands.ts";
import { keepLease } from "./lease.ts";

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
  await hands.ports.store.commit({ lease: kept.current, finish: "done" });
}
