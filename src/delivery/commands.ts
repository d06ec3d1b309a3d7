/** The commands a face may give, by name; each has a file of its own. */
import { err } from "#std";
import {
  type Actor,
  type App,
  finalRolloutStates,
  type Forbidden,
  type Rollout,
  type WrongState,
} from "#domain";
import { notBegun } from "#delivery/rollout";
import { addDomain, removeDomain } from "./app-domains.ts";
import { assignApp } from "./assign-app.ts";
import { cohortLinks } from "./cohorts.ts";
import { changeConfig } from "./change-config.ts";
import { commandRollout } from "./command-rollout.ts";
import { createApp } from "./create-app.ts";
import { deleteApp } from "./delete-app.ts";
import type { Delivery } from "./delivery.ts";
import { findApp, findRollout } from "./find.ts";
import type { Hands } from "./hands.ts";
import { jointRefusal } from "./joint-rights.ts";
import { rollBack } from "./roll-back.ts";

type Commands = Pick<
  Delivery,
  | "createApp"
  | "assignApp"
  | "deleteApp"
  | "rollback"
  | "command"
  | "changeConfig"
  | "cohortLinks"
  | "addDomain"
  | "removeDomain"
>;

export function commands(hands: Hands): Commands {
  return {
    createApp: async (input, actor) => await createApp(input, actor, hands),
    assignApp: async (input, actor) => await assignApp(input, actor, hands.ports),
    async deleteApp(name, actor) {
      const found = await findApp(name, hands.ports);
      return found.ok ? await deleteApp(name, actor, hands) : found;
    },
    async rollback({ app: name, to, reason }, actor) {
      const found = await findApp(name, hands.ports);
      if (!found.ok) return found;
      const refused = await refusedWayBack(found.value, actor, hands);
      if (refused !== undefined) return err(refused);
      return await rollBack({ app: name, to, reason, actor }, hands);
    },
    async command({ idOrApp, kind, reason, step }, actor) {
      const found = await findRollout(idOrApp, hands.ports);
      if (!found.ok) return found;
      const early = await notBegunYet(found.value, hands);
      if (early !== undefined) return err(early);
      const command = { kind, reason, actor, ...(step === undefined ? {} : { step }) };
      return await commandRollout(found.value, command, hands.ports);
    },
    async cohortLinks({ idOrApp, to }, actor) {
      const found = await findRollout(idOrApp, hands.ports);
      return found.ok ? await cohortLinks(found.value, { to, actor }, hands) : found;
    },
    addDomain: async (input, actor) => await addDomain(input, actor, hands),
    removeDomain: async (input, actor) => await removeDomain(input, actor, hands),
    async changeConfig(input, actor) {
      const found = await findApp(input.app, hands.ports);
      return found.ok ? await changeConfig(input, actor, hands.ports) : found;
    },
  };
}

/** What is said to a rollout that is over may be meant for the newest change, which has none yet. */
async function notBegunYet(
  rollout: Rollout,
  { ports: { store } }: Hands,
): Promise<WrongState | undefined> {
  if (!finalRolloutStates.has(rollout.state)) return undefined;
  const [newest] = await store.list("change", { app: rollout.app, limit: 1 });
  return notBegun(rollout, newest?.body);
}

/** What goes together goes back together: it takes the right to all of it. */
async function refusedWayBack(
  { activeRollout }: App,
  actor: Actor,
  { ports }: Hands,
): Promise<Forbidden | undefined> {
  if (activeRollout === undefined) return undefined;
  const rollout = await ports.store.get("rollout", activeRollout);
  if (rollout === undefined) return undefined;
  return await jointRefusal(rollout.body, { permission: "release.restore", actor }, ports);
}
