/** An OpenID provider on loopback (oidc-provider), a person who signs in there, and one who forges its answers. */
import { createSign, generateKeyPairSync, type KeyObject } from "node:crypto";
import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { Provider, type Configuration } from "oidc-provider";
import { origin } from "./world.testing.ts";

export interface Account {
  readonly sub: string;
  readonly [claim: string]: unknown;
}

export interface TestProvider extends AsyncDisposable {
  readonly issuer: string;
  readonly clientId: string;
  readonly clientSecret: string;
  /** Who signs in there next. */
  account: Account;
  /** Whether that person agrees. */
  isWilling: boolean;
  /** What its ID tokens are turned into on their way to us; signed again with its own key, or `key`. */
  forge: ((claims: Record<string, unknown>) => Record<string, unknown>) | undefined;
  key: KeyObject | undefined;
  /** How often it was asked what it publishes. */
  looks: number;
  /** Walks a browser from the address we send it to, to the address the provider sends it back to. */
  visit(url: string): Promise<URL>;
}

export async function testProvider(
  callbackUrl = `${origin}/auth/oidc/acme/callback`,
): Promise<TestProvider> {
  const { privateKey } = generateKeyPairSync("rsa", { modulusLength: 2048 });
  const server = createServer();
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const address: AddressInfo | string | null = server.address();
  if (address === null || typeof address === "string") throw new Error("no port");
  const issuer = `http://127.0.0.1:${address.port}`;
  const client = { clientId: "tidegate", clientSecret: "a-secret-of-the-client" };
  const state: Omit<TestProvider, typeof Symbol.asyncDispose> = {
    issuer,
    ...client,
    account: {
      sub: "1",
      email: "ana@example.org",
      email_verified: true,
      preferred_username: "ana",
    },
    isWilling: true,
    forge: undefined,
    key: undefined,
    looks: 0,
    visit: async (url) => await walk(url, callbackUrl),
  };
  const provider = new Provider(
    issuer,
    configuration(state, { privateKey, callbackUrl, ...client }),
  );
  provider.on("server_error", () => undefined);
  const answer = provider.callback();
  server.on("request", (request, response) => {
    void (async () => {
      const isServed = await serve({ provider, state, privateKey }, request, response);
      if (!isServed) await answer(request, response);
    })();
  });
  return Object.assign(state, {
    async [Symbol.asyncDispose]() {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  });
}

interface Registered {
  readonly privateKey: KeyObject;
  readonly callbackUrl: string;
  readonly clientId: string;
  readonly clientSecret: string;
}

function configuration(
  state: { readonly account: Account },
  { privateKey, callbackUrl, clientId, clientSecret }: Registered,
): Configuration {
  const jwk = { ...privateKey.export({ format: "jwk" }), kid: "test", use: "sig", alg: "RS256" };
  return {
    clients: [
      {
        client_id: clientId,
        client_secret: clientSecret,
        redirect_uris: [callbackUrl],
        token_endpoint_auth_method: "client_secret_post",
      },
    ],
    jwks: { keys: [jwk] },
    cookies: { keys: ["a key of a test"] },
    claims: {
      openid: ["sub"],
      email: ["email", "email_verified"],
      profile: ["preferred_username", "name", "groups"],
    },
    pkce: { required: () => true },
    features: { devInteractions: { enabled: false } },
    interactions: { url: (_context, { uid }) => `/interaction/${uid}` },
    findAccount: (_context, id) => ({
      accountId: id,
      claims: () => ({ ...state.account, sub: id }),
    }),
    async loadExistingGrant(context) {
      const { Grant } = context.oidc.provider;
      const grant = new Grant({ clientId, accountId: context.oidc.session?.accountId ?? "" });
      grant.addOIDCScope("openid email profile");
      await grant.save();
      return grant;
    },
    renderError: (context, out) => {
      context.type = "text";
      context.body = JSON.stringify(out);
    },
  };
}

interface Serving {
  readonly provider: Provider;
  readonly state: Pick<TestProvider, "account" | "isWilling" | "forge" | "key" | "looks">;
  readonly privateKey: KeyObject;
}

/** The two places where the test has its hands in: the person who signs in, and the tokens. */
async function serve(
  { provider, state, privateKey }: Serving,
  request: IncomingMessage,
  response: ServerResponse,
): Promise<boolean> {
  if (request.url?.startsWith("/interaction/") === true) {
    const result = state.isWilling
      ? { login: { accountId: state.account.sub } }
      : { error: "access_denied", error_description: "the person said no" };
    await provider.interactionFinished(request, response, result);
    return true;
  }
  if (request.url === "/.well-known/openid-configuration") state.looks += 1;
  const { forge } = state;
  if (request.url === "/token" && forge !== undefined) {
    forgeAnswer(response, (token) => forged(token, forge, state.key ?? privateKey));
  }
  return false;
}

function forgeAnswer(response: ServerResponse, change: (token: string) => string): void {
  const end = response.end.bind(response);
  const replaced = (body?: unknown) => {
    const answer: Record<string, unknown> = JSON.parse(String(body));
    if (typeof answer["id_token"] === "string") answer["id_token"] = change(answer["id_token"]);
    const text = JSON.stringify(answer);
    response.setHeader("content-length", Buffer.byteLength(text));
    return end(text);
  };
  Object.assign(response, { end: replaced });
}

function forged(
  token: string,
  change: (claims: Record<string, unknown>) => Record<string, unknown>,
  key: KeyObject,
): string {
  const [header = "", payload = ""] = token.split(".");
  const claims: Record<string, unknown> = JSON.parse(Buffer.from(payload, "base64url").toString());
  const body = `${header}.${Buffer.from(JSON.stringify(change(claims))).toString("base64url")}`;
  return `${body}.${createSign("RSA-SHA256").update(body).sign(key).toString("base64url")}`;
}

const stepsMax = 10;

async function walk(url: string, callbackUrl: string): Promise<URL> {
  const cookies = new Map<string, string>();
  let at = new URL(url);
  for (let step = 0; step < stepsMax; step += 1) {
    if (`${at.origin}${at.pathname}` === callbackUrl) return at;
    const cookie = [...cookies].map(([name, value]) => `${name}=${value}`).join("; ");
    const response = await fetch(at, { redirect: "manual", headers: { cookie } });
    for (const line of response.headers.getSetCookie()) {
      const [, name = "", value = ""] = /^([^=]+)=([^;]*)/.exec(line) ?? [];
      cookies.set(name, value);
    }
    const location = response.headers.get("location");
    if (location === null) throw new Error(`no way on at ${at.href}: ${await response.text()}`);
    await response.arrayBuffer();
    at = new URL(location, at);
  }
  throw new Error(`no end after ${stepsMax} steps`);
}
