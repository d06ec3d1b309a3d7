/** The routes of apps' own domains. A part of the table in routes.ts. */
import { z } from "zod";
import { addDomainRequest, domain, domainHost, domainList } from "./domain.ts";
import { json, name, ofApp } from "./route-parts.ts";

export const domainRoutes = {
  "GET /api/v1/apps/:app/domains": {
    ...json,
    access: { permission: "app.read", on: "app" },
    summary: "Lists the domains of an app's own.",
    params: ofApp,
    response: domainList,
  },
  "POST /api/v1/apps/:app/domains": {
    ...json,
    access: { permission: "domain.write", on: "environment" },
    status: 201,
    summary:
      "Serves an app by one more host name; says what DNS and certificate have to do for it.",
    params: ofApp,
    body: addDomainRequest,
    response: domain,
  },
  "DELETE /api/v1/apps/:app/domains/:host": {
    ...json,
    access: { permission: "domain.write", on: "environment" },
    summary: "Takes a host name from an app: it is served no more, and free for another one.",
    params: z.strictObject({ app: name, host: z.string().min(1).max(300) }),
    response: domainHost,
  },
} as const;
