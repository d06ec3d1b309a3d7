/**
 * Talking to OpenID Connect providers: what they publish, and the code for which they say who somebody is.
 * The library checks issuer, audience, expiry, nonce, state and signature; every answer is bounded here.
 */
import type { Configuration, CustomFetch } from "openid-client";
import { err, ok, type Result } from "#std";
import type { Clock, CredentialRefused, Log, Provider, Unavailable } from "#domain";
import {
  clockToleranceSeconds,
  providerBytesMax,
  providerMemoryMs,
  providersKnownMax,
  providerTimeoutMs,
} from "./limits.ts";

/** Loaded by whoever needs it first: most instances have no provider. */
const openId = async () => await import("openid-client");

/** What one sign-in at a provider is held against. */
export interface ProviderCeremony {
  readonly state: string;
  readonly nonce: string;
  readonly verifier: string;
}

export type Claims = Readonly<Record<string, unknown>> & { readonly sub: string };

export interface ProviderClients {
  /** Asks the issuer what it publishes; says why not. */
  look(provider: Provider): Promise<Result<void, Unavailable>>;
  /** Where the browser is to go. */
  authorizationUrl(
    provider: Provider,
    ceremony: ProviderCeremony,
    callbackUrl: string,
  ): Promise<Result<string, Unavailable>>;
  /** Exchanges the code that came back to `url` for what the provider says of the user. */
  claims(
    provider: Provider,
    ceremony: ProviderCeremony,
    url: string,
  ): Promise<Result<Claims, Unavailable | CredentialRefused>>;
}

type Known = { readonly at: number; readonly configuration: Configuration };

export function providerClients({
  clock,
  log,
}: {
  readonly clock: Clock;
  readonly log: Log;
}): ProviderClients {
  const known = new Map<string, Known>();
  const configurationOf = async (
    provider: Provider,
  ): Promise<Result<Configuration, Unavailable>> => {
    // With the secret in its key a provider that is changed is asked anew; it stays within this process.
    const key = JSON.stringify([provider.issuer, provider.clientId, provider.clientSecret]);
    const kept = known.get(key);
    if (kept !== undefined && clock.now() - kept.at < providerMemoryMs)
      return ok(kept.configuration);
    try {
      const configuration = await discover(provider);
      keep(known, key, { at: clock.now(), configuration });
      return ok(configuration);
    } catch (error) {
      log.warn("sign_in.provider_unreachable", { provider: provider.name, error });
      return err(silent(provider, error));
    }
  };
  return {
    async look(provider) {
      const found = await configurationOf(provider);
      return found.ok ? ok(undefined) : found;
    },
    async authorizationUrl(provider, ceremony, callbackUrl) {
      const found = await configurationOf(provider);
      if (!found.ok) return found;
      const { buildAuthorizationUrl, calculatePKCECodeChallenge } = await openId();
      const url = buildAuthorizationUrl(found.value, {
        redirect_uri: callbackUrl,
        response_type: "code",
        scope: "openid email profile",
        state: ceremony.state,
        nonce: ceremony.nonce,
        code_challenge: await calculatePKCECodeChallenge(ceremony.verifier),
        code_challenge_method: "S256",
      });
      return ok(url.href);
    },
    async claims(provider, ceremony, url) {
      const found = await configurationOf(provider);
      if (!found.ok) return found;
      try {
        return ok(await exchange(found.value, ceremony, new URL(url)));
      } catch (error) {
        // What exactly did not fit is for the operator; the message may quote what a stranger sent.
        log.warn("sign_in.provider_refused", { provider: provider.name, error });
        return err(refusal(error));
      }
    },
  };
}

/** The one that was learnt longest ago makes room. */
function keep(known: Map<string, Known>, key: string, fresh: Known): void {
  known.delete(key);
  known.set(key, fresh);
  const [oldest] = known.keys();
  if (known.size > providersKnownMax && oldest !== undefined) known.delete(oldest);
}

async function discover(provider: Provider): Promise<Configuration> {
  const {
    allowInsecureRequests,
    ClientSecretPost,
    clockTolerance,
    customFetch,
    discovery,
    enableNonRepudiationChecks,
    None,
  } = await openId();
  const issuer = new URL(provider.issuer);
  const authentication =
    provider.clientSecret === undefined ? None() : ClientSecretPost(provider.clientSecret);
  const metadata = { [clockTolerance]: clockToleranceSeconds };
  return await discovery(issuer, provider.clientId, metadata, authentication, {
    timeout: providerTimeoutMs / 1000,
    [customFetch]: boundedFetch,
    execute: [
      // Also what comes straight from the provider is checked by its signature.
      enableNonRepudiationChecks,
      ...(isLoopback(issuer) ? [allowInsecureRequests] : []),
    ],
  });
}

/** Without TLS only where nobody can listen in. */
export function isLoopback(url: URL): boolean {
  return url.hostname === "localhost" || url.hostname === "127.0.0.1" || url.hostname === "[::1]";
}

async function exchange(
  configuration: Configuration,
  ceremony: ProviderCeremony,
  url: URL,
): Promise<Claims> {
  const { authorizationCodeGrant, fetchUserInfo } = await openId();
  const tokens = await authorizationCodeGrant(configuration, url, {
    expectedState: ceremony.state,
    expectedNonce: ceremony.nonce,
    pkceCodeVerifier: ceremony.verifier,
    idTokenExpected: true,
  });
  const claims = tokens.claims();
  if (claims === undefined) throw new Error("the answer holds no ID token");
  if (configuration.serverMetadata().userinfo_endpoint === undefined) return claims;
  // Many providers put the address and the groups here only; the subject must be the same.
  const info = await fetchUserInfo(configuration, tokens.access_token, claims.sub);
  return { ...info, ...claims };
}

/** Reads an answer up to a bound, so that a provider cannot fill this process's memory. */
const boundedFetch: CustomFetch = async (url, options) => {
  const { body, headers, method, redirect, signal } = options;
  const response = await fetch(url, {
    headers,
    method,
    redirect,
    ...(body === undefined ? {} : { body }),
    ...(signal === undefined ? {} : { signal }),
  });
  const chunks: Uint8Array[] = [];
  let size = 0;
  for await (const chunk of response.body ?? []) {
    size += chunk.length;
    if (size > providerBytesMax)
      throw new Error(`the answer is larger than ${providerBytesMax} bytes`);
    chunks.push(chunk);
  }
  const { status, statusText } = response;
  const isEmpty = size === 0;
  return new Response(isEmpty ? null : Buffer.concat(chunks), {
    status,
    statusText,
    headers: response.headers,
  });
};

function silent(provider: Provider, error: unknown): Unavailable {
  const reason = error instanceof Error ? causeOf(error) : "it did not answer";
  const what = `the provider at ${provider.issuer}`;
  return { code: "unavailable", what, reason, retryAfterMs: providerTimeoutMs };
}

function causeOf(error: Error): string {
  const { cause } = error;
  const isCode = typeof cause === "object" && cause !== null && "code" in cause;
  return isCode ? `${error.message} (${String(cause.code)})` : error.message;
}

function refusal(error: unknown): CredentialRefused {
  const code = error instanceof Error && "code" in error ? String(error.code) : "";
  const isDenied =
    code === "OAUTH_AUTHORIZATION_RESPONSE_ERROR" &&
    error instanceof Error &&
    "error" in error &&
    error.error === "access_denied";
  return {
    code: "credential_refused",
    what: "answer of the provider",
    why: isDenied ? "says that you did not agree" : "does not fit this sign-in, or is too old",
    next: "Sign in again from the beginning; the server's log says what did not fit.",
  };
}
