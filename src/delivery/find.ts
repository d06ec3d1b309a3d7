/** Finds what people name: an app, a change by id or commit, a rollout by id or app. */
import { err, ok, type Result } from "#std";
import type { App, AppName, Change, InvalidInput, NotFound, Rollout } from "#domain";
import { changesSearched } from "./limits.ts";
import type { DeliveryPorts } from "./ports.ts";

export async function findApp(
  name: string,
  { store }: DeliveryPorts,
): Promise<Result<App, NotFound>> {
  const stored = await store.get("app", name);
  return stored === undefined || stored.body.deletedAt !== undefined
    ? err({ code: "not_found", what: "app", name })
    : ok(stored.body);
}

/** By id, or by a commit's prefix of at least 7 digits, among the changes of `apps`; default: of all. */
export async function findChange(
  idOrCommit: string,
  { store }: DeliveryPorts,
  apps?: readonly AppName[],
): Promise<Result<Change, NotFound | InvalidInput>> {
  if (idOrCommit.startsWith("chg_")) {
    const stored = await store.get("change", idOrCommit);
    return stored === undefined
      ? err({ code: "not_found", what: "change", name: idOrCommit })
      : ok(stored.body);
  }
  if (!/^[0-9a-f]{7,64}$/.test(idOrCommit)) {
    return err({
      code: "invalid_input",
      field: "change",
      expected: "an id such as chg_5c2a8d0k3m1x, or at least 7 hex digits of a commit",
      found: idOrCommit.slice(0, 100),
    });
  }
  const among = apps === undefined ? {} : { apps };
  const changes = await store.list("change", { limit: changesSearched, ...among });
  // Newest first: a commit that was pushed twice means its last delivery.
  const found = changes.find(({ body }) => body.commit.startsWith(idOrCommit));
  return found === undefined
    ? err({ code: "not_found", what: "change", name: idOrCommit })
    : ok(found.body);
}

/** By id, or the newest rollout of an app. */
export async function findRollout(
  idOrApp: string,
  { store }: DeliveryPorts,
): Promise<Result<Rollout, NotFound>> {
  if (idOrApp.startsWith("rol_")) {
    const stored = await store.get("rollout", idOrApp);
    return stored === undefined
      ? err({ code: "not_found", what: "rollout", name: idOrApp })
      : ok(stored.body);
  }
  const app = await store.get("app", idOrApp);
  if (app === undefined) return err({ code: "not_found", what: "app", name: idOrApp });
  const active =
    app.body.activeRollout === undefined
      ? (await store.list("rollout", { app: app.body.name, limit: 1 }))[0]
      : await store.get("rollout", app.body.activeRollout);
  return active === undefined
    ? err({ code: "not_found", what: "rollout of app", name: idOrApp })
    : ok(active.body);
}
