/** The audit log: what people and programs did, as far as who asks may see it. */
import { err, ok, some } from "#std";
import type { Delivery } from "#delivery";

import type { Handlers } from "./handlers.ts";
import { withApp } from "./named.ts";
import { given } from "./paged.ts";
import { auditResource } from "./resources.ts";

export function auditHandler(
  delivery: Pick<Delivery, "audit" | "sight">,
): Pick<Handlers, "GET /api/v1/audit"> {
  return {
    "GET /api/v1/audit": async ({ query: { app: name, who, ...query } }, { actor }) => {
      const asked = { ...query, ...some("actor", who) };
      if (name === undefined) return ok(pageOf(await delivery.audit(definite(asked))));
      return withApp(name, async (app) => {
        const sight = await delivery.sight(actor);
        // Who sees the whole platform sees also what was of this name before.
        const bornAt = sight === undefined ? 0 : sight.find((each) => each.name === app)?.createdAt;
        // Deleted since the request was let in: what there was is nobody else's.
        if (bornAt === undefined) return err({ code: "not_found", what: "app", name });
        const fromAt = Math.max(asked.fromAt ?? 0, bornAt);
        return ok(pageOf(await delivery.audit(definite({ ...asked, app, fromAt }))));
      });
    },
  };
}

type AuditQuery = Parameters<Delivery["audit"]>[0];

/** Without the members that were not asked for. */
function definite(
  query: { readonly [K in keyof AuditQuery]: AuditQuery[K] | undefined } & {
    readonly limit: number;
  },
): AuditQuery {
  const { before, limit, actor, app, what, fromAt, toAt } = query;
  return { limit, ...given({ before, actor, app, what, fromAt, toAt }) };
}

function pageOf(entries: Awaited<ReturnType<Delivery["audit"]>>) {
  return { entries: entries.flatMap((entry) => auditResource(entry)) };
}
