/** The handlers of apps' own domains. Each reaches the delivery and nothing else. */
import type { Delivery } from "#delivery";
import type { domainRoutes } from "#faces/api/contract";
import type { Handlers } from "./handlers.ts";
import { mapped, withApp } from "./named.ts";
import { copy } from "./resources.ts";

export type DomainRoutes = keyof typeof domainRoutes;

export function domainHandlers(delivery: Delivery): Pick<Handlers, DomainRoutes> {
  return {
    "GET /api/v1/apps/:app/domains": ({ params }) =>
      withApp(params.app, async (app) =>
        mapped(await delivery.domains(app), (domains) => ({ domains: copy(domains) })),
      ),
    "POST /api/v1/apps/:app/domains": ({ params, body }, { actor }) =>
      withApp(params.app, async (app) =>
        mapped(await delivery.addDomain({ app, host: body.host }, actor), (view) => copy(view)),
      ),
    "DELETE /api/v1/apps/:app/domains/:host": ({ params: { app: name, host } }, { actor }) =>
      withApp(name, async (app) =>
        mapped(await delivery.removeDomain({ app, host }, actor), () => ({
          host: host.toLowerCase(),
        })),
      ),
  };
}
