/** An OpenID provider on loopback, at which a person signs in, or does not, by pressing a button. */
import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { after } from "node:test";
import { type Configuration, Provider } from "oidc-provider";

export interface OpenId {
  readonly issuer: string;
  readonly clientId: string;
  readonly clientSecret: string;
}

const client = { clientId: "tidegate", clientSecret: "a-secret-of-the-client" };
const names: Readonly<Record<string, string>> = { "7": "cy", "8": "ana" };
const page = `<!doctype html><html lang="en"><title>Acme</title><h1>Acme</h1>
<form method="post">${Object.entries(names)
  .map(([sub, name]) => `<button name="is" value="${sub}">Sign in as ${name}</button>`)
  .join(" ")} <button name="is" value="no">Cancel</button></form>`;

export async function startOpenId(callbackUrl: string): Promise<OpenId> {
  const server = createServer();
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  after(() => {
    server.close();
    server.closeAllConnections();
  });
  // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- it listens on TCP
  const { port } = server.address() as AddressInfo;
  const issuer = `http://127.0.0.1:${port}`;
  const provider = new Provider(issuer, configurationFor(callbackUrl));
  const answer = provider.callback();
  server.on("request", (request, response) => {
    const isAsked = request.url?.startsWith("/interaction/") === true;
    void (isAsked ? interact(provider, request, response) : answer(request, response));
  });
  return { issuer, ...client };
}

async function interact(
  provider: Provider,
  request: IncomingMessage,
  response: ServerResponse,
): Promise<void> {
  if (request.method !== "POST") {
    response.setHeader("content-type", "text/html").end(page);
    return;
  }
  let body = "";
  for await (const piece of request) body += String(piece);
  const accountId = new URLSearchParams(body).get("is") ?? "";
  const result = Object.hasOwn(names, accountId)
    ? { login: { accountId } }
    : { error: "access_denied", error_description: "the person said no" };
  await provider.interactionFinished(request, response, result);
}

function claimsOf(sub: string) {
  const name = names[sub] ?? "nobody";
  return { sub, email: `${name}@example.org`, email_verified: true, preferred_username: name };
}

function configurationFor(callbackUrl: string): Configuration {
  const { clientId, clientSecret } = client;
  return {
    clients: [
      {
        client_id: clientId,
        client_secret: clientSecret,
        redirect_uris: [callbackUrl],
        token_endpoint_auth_method: "client_secret_post",
      },
    ],
    cookies: { keys: ["a key of a test"] },
    claims: {
      openid: ["sub"],
      email: ["email", "email_verified"],
      profile: ["preferred_username"],
    },
    pkce: { required: () => true },
    features: { devInteractions: { enabled: false } },
    interactions: { url: (_context, { uid }) => `/interaction/${uid}` },
    findAccount: (_context, id) => ({ accountId: id, claims: () => claimsOf(id) }),
    async loadExistingGrant(context) {
      const { Grant } = context.oidc.provider;
      const grant = new Grant({ clientId, accountId: context.oidc.session?.accountId ?? "" });
      grant.addOIDCScope("openid email profile");
      await grant.save();
      return grant;
    },
  };
}
