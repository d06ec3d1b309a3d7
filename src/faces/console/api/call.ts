/** Calls the API: a client names a route by its key, and the contract's table gives the types. */
import type { JsonRouteKey, RouteInput, RouteKey, RouteOutput } from "#faces/api/contract";
import { Refused, Unreachable } from "./refused.ts";
import { hasSession, openToAll, refusedAsStranger } from "./stranger.ts";

/** What a call needs; query and body may leave to the server what has a default. */
export type Call<K extends RouteKey> = ([RouteInput<K>["params"]] extends [undefined]
  ? { readonly params?: undefined }
  : { readonly params: RouteInput<K>["params"] }) & {
  readonly query?: Partial<RouteInput<K>["query"]>;
  readonly body?: Partial<RouteInput<K>["body"]>;
};

/**
 * Sends one request with the session's cookie, which no script can read. Rejects with `Refused` when the
 * API says no and with `Unreachable` when nothing answers.
 */
export async function call<K extends JsonRouteKey>(
  key: K,
  input: Call<K>,
  signal?: AbortSignal,
): Promise<RouteOutput<K>> {
  if (!openToAll.has(key) && !hasSession(document.cookie)) throw refusedAsStranger();
  const [method = "GET"] = key.split(" ");
  const response = await send(addressOf(key, input), {
    method,
    ...(signal === undefined ? {} : { signal }),
    ...(input.body === undefined ? {} : { body: JSON.stringify(input.body) }),
    headers: {
      accept: "application/json",
      // A form of another site cannot set a header: this marks the request as the console's own.
      "tidegate-request": "1",
      ...(input.body === undefined ? {} : { "content-type": "application/json" }),
    },
  });
  if (!response.ok) throw await Refused.from(response);
  return await response.json();
}

async function send(address: string, init: RequestInit): Promise<Response> {
  try {
    return await fetch(address, { ...init, credentials: "same-origin", redirect: "error" });
  } catch (error) {
    if (init.signal?.aborted === true) throw error;
    throw new Unreachable(error);
  }
}

interface Parts {
  readonly params?: unknown;
  readonly query?: unknown;
}

/** The address of a route with its parameters filled in: `/api/v1/changes/chg_1?limit=20`. */
export function addressOf(key: RouteKey, { params, query }: Parts): string {
  const given = new Map(Object.entries(params ?? {}));
  const path = key
    .slice(key.indexOf(" ") + 1)
    .replaceAll(/:(\w+)/g, (_all, name: string) => encodeURIComponent(String(given.get(name))));
  const search = new URLSearchParams();
  for (const [name, value] of Object.entries(query ?? {})) {
    if (value !== undefined) search.set(name, String(value));
  }
  return search.size === 0 ? path : `${path}?${search}`;
}
