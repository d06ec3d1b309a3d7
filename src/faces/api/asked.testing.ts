/** How each route of the table can be asked about the shop and its crew, for the tests of this room. */
import type { RouteKey } from "#faces/api/contract";
import { stoppedId } from "./shop.testing.ts";

const values: Readonly<Record<string, string>> = {
  app: "shop",
  change: stoppedId,
  stage: "build",
  rollout: "shop",
  action: "pause",
  team: "crew",
  user: "ana",
  scope: "app:shop",
  to: "ana",
  role: "viewer",
  token: "tok_000000000000",
  instance: "ins_000000000001",
  bundle: `sha256:${"9b1e".repeat(16)}`,
  session: "ses_0000000000a1",
  passkey: "pky_0000000000a1",
  invitation: "inv_0000000000a1",
  provider: "acme",
  host: "www.shop.test",
  key: "key_000000000000",
};

/** Its method, and its path with a value for each parameter; `given` goes first. */
export function pathOf(
  key: string,
  given: Readonly<Record<string, string>> = {},
): { readonly method: string; readonly path: string } {
  const [method = "", pattern = ""] = key.split(" ");
  const all = { ...values, ...given };
  const path = pattern.replaceAll(/:(\w+)/g, (_all, name: string) => all[name] ?? "");
  const query = queries[key];
  return { method, path: query === undefined ? path : `${path}?${query}` };
}

/** A query for each route that cannot do without one. */
const queries: Readonly<Record<string, string>> = {
  "GET /api/v1/apps/:app/diff": "from=11&to=12",
  "GET /api/v1/changes/:change/logs/:stage/search": "text=GET",
  "GET /api/v1/apps/:app/instances/:instance/logs/search": "text=GET",
  "GET /api/v1/rollouts/:rollout/user": "key=ana",
};

/** A body for each route that takes one. */
export const bodies: Partial<Record<RouteKey, string>> = {
  "POST /api/v1/apps": '{"name":"blog"}',
  "POST /api/v1/teams/:team/apps": '{"name":"blog"}',
  "PUT /api/v1/apps/:app/team": '{"team":"crew"}',
  "POST /api/v1/apps/:app/rollback": "{}",
  "POST /api/v1/apps/:app/domains": '{"host":"shop.example.org"}',
  "PATCH /api/v1/apps/:app/config": '{"set":{"A":"1"}}',
  "POST /api/v1/rollouts/:rollout/:action": '{"step":1}',
  "POST /api/v1/rollouts/:rollout/links": "{}",
  "POST /api/v1/users": '{"name":"bo"}',
  "POST /api/v1/teams": '{"name":"crew"}',
  "POST /api/v1/session/links": "{}",
  "POST /api/v1/ssh-keys": '{"publicKey":"ssh-ed25519 AAAA ana"}',
  "POST /api/v1/invitations": "{}",
  "POST /api/v1/providers/:provider": '{"issuer":"https://accounts.example.org","clientId":"x"}',
  "POST /api/v1/tokens": '{"label":"ci","reach":{"kind":"all"}}',
  "POST /api/v1/users/:user/tokens": '{"label":"ci","reach":{"kind":"all"}}',
};

/** Open to everybody, on purpose: these are how somebody becomes known. */
export const publicRoutes: ReadonlySet<string> = new Set<RouteKey>([
  "GET /api/v1/session/ways",
  "POST /api/v1/session/password",
  "POST /api/v1/session/passkey/options",
  "POST /api/v1/session/passkey",
  "POST /api/v1/session/link",
  "POST /api/v1/invitations/read",
  "POST /api/v1/invitations/passkey-options",
  "POST /api/v1/invitations/accept",
]);
