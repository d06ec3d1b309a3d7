/** Apps that go together move together: what is said of one of them takes the right to all of them. */
import { some } from "#std";
import {
  isAllowed,
  isVisible,
  type Actor,
  type Forbidden,
  type Permission,
  type Rollout,
} from "#domain";
import { membersOf } from "#delivery/rollout";
import { findApp } from "./find.ts";
import type { DeliveryPorts } from "./ports.ts";

/** Gives why the actor may not, by the first app on which they may not; nothing for one that goes alone. */
export async function jointRefusal(
  rollout: Rollout,
  { permission, actor }: { readonly permission: Permission; readonly actor: Actor },
  ports: DeliveryPorts,
): Promise<Forbidden | undefined> {
  for (const id of membersOf(rollout)) {
    if (id === rollout.id) continue;
    const member = await ports.store.get("rollout", id);
    const app = member === undefined ? undefined : await findApp(member.body.app, ports);
    if (app?.ok !== true) continue;
    const { name, team, environment } = { ...app.value, environment: rollout.environment };
    const on = { kind: "app" as const, app: name, environment, ...some("team", team) };
    if (isAllowed(actor, permission, on)) continue;
    if (!isVisible(actor, on)) return hiddenRefusal(rollout, { permission, actor });
    const { reach: _reach, ...owner } = actor;
    return {
      code: "forbidden",
      who: actor.name,
      permission,
      on,
      isTokenTooNarrow: isAllowed(owner, permission, on),
      grantors: await ports.people.grantorsOf(on),
    };
  }
  return undefined;
}

/** One of them may not be seen: neither is it named, nor who could grant something on it. */
function hiddenRefusal(
  { app, environment }: Rollout,
  { permission, actor }: { readonly permission: Permission; readonly actor: Actor },
): Forbidden {
  const on = { kind: "app" as const, app, environment };
  const facts = { who: actor.name, permission, on, isTokenTooNarrow: false, grantors: [] };
  return { code: "forbidden", ...facts, isForOthersToo: true };
}
