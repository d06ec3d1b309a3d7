/** Calls the API: each call is checked against the contract's table, by type and at no cost at start. */
import type { IncomingMessage } from "node:http";
import { setTimeout as delay } from "node:timers/promises";
import { assert, backoffMs } from "#std";
import type {
  EventsRouteKey,
  JsonRouteKey,
  ProblemResource,
  RouteInput,
  RouteKey,
  RouteOutput,
} from "#faces/api/contract";
import { CommandFailed } from "./command-failed.ts";
import { exitCodeOf, exitCodes } from "./exit-code.ts";
import { parseServerEvents, type ServerEvent } from "./event-source.ts";
import type { Instance } from "./instance.ts";
import { answerBytesMax, answerMsMax, resumesMax } from "./limits.ts";

/** What a call needs; query and body may leave to the server what has a default. */
export type Call<K extends RouteKey> = ([RouteInput<K>["params"]] extends [undefined]
  ? { readonly params?: undefined }
  : { readonly params: RouteInput<K>["params"] }) & {
  readonly query?: Partial<RouteInput<K>["query"]>;
  readonly body?: Partial<RouteInput<K>["body"]>;
};

export interface Client {
  readonly instance: Instance;
  /** The same without a word to who waits: for views that are painted over. */
  readonly quiet: Client;
  /** Rejects with CommandFailed when the API says no or does not answer. */
  call<K extends JsonRouteKey>(key: K, call: Call<K>): Promise<RouteOutput<K>>;
  /** Every event once, over any number of broken connections, until the stream says it has ended. */
  follow<K extends EventsRouteKey>(
    key: K,
    call: Call<K>,
    options: { readonly canResume: boolean },
  ): AsyncIterable<RouteOutput<K>>;
}

export interface Manners {
  /** Whether this command may change anything; one that reads, or only tries, may not. */
  readonly mayChange: boolean;
}

export function clientOf(instance: Instance, { mayChange }: Manners): Client {
  return {
    instance,
    get quiet() {
      return this;
    },
    async call(key, call) {
      // Not the person's fault: a command that changes something was declared as one that reads.
      assert(
        mayChange || key.startsWith("GET "),
        `${key} is asked by a command that changes nothing`,
      );
      const response = await send(instance, key, { call });
      return JSON.parse(await textOf(response));
    },
    async *follow(key, call, { canResume }) {
      const seen: Seen = { isEnded: false };
      for (let failures = 0; failures <= resumesMax; failures += 1) {
        for await (const event of connection(instance, key, {
          call,
          seen,
          isRetry: failures > 0,
        })) {
          failures = 0;
          yield JSON.parse(event.data);
        }
        if (seen.isEnded) return;
        if (!canResume) break;
        await delay(backoffMs({ firstMs: 100, maxMs: 5_000 }, failures, Math.random()));
      }
      throw gone(instance, "the connection was lost");
    },
  };
}

/** What a follower remembers from one connection to the next. */
interface Seen {
  lastId?: string;
  isEnded: boolean;
}

/** The events of one connection, until they end or it breaks. */
async function* connection<K extends RouteKey>(
  instance: Instance,
  key: K,
  {
    call,
    seen,
    isRetry,
  }: { readonly call: Call<K>; readonly seen: Seen; readonly isRetry: boolean },
): AsyncIterable<ServerEvent> {
  const response = await open(instance, key, { call, lastId: seen.lastId, isRetry });
  try {
    for await (const event of parseServerEvents(piecesOf(response))) {
      if (event.name === "end") {
        seen.isEnded = true;
        return;
      }
      if (event.id !== undefined) seen.lastId = event.id;
      yield event;
    }
  } catch (error) {
    if (!isBroken(error)) throw error;
  } finally {
    response?.destroy();
  }
}

interface Sent<K extends RouteKey> {
  readonly call: Call<K>;
  readonly lastId?: string | undefined;
}

/** A server that restarts refuses for a moment: then the follower comes back, as with a broken stream. */
async function open<K extends RouteKey>(
  instance: Instance,
  key: K,
  options: Sent<K> & { readonly isRetry: boolean },
): Promise<IncomingMessage | undefined> {
  try {
    return await send(instance, key, options);
  } catch (error) {
    const isPassing = error instanceof CommandFailed && error.exitCode === exitCodes.platform;
    if (options.isRetry && isPassing) return undefined;
    throw error;
  }
}

async function send<K extends RouteKey>(
  instance: Instance,
  key: K,
  { call, lastId }: Sent<K>,
): Promise<IncomingMessage> {
  const [method = "GET", pattern = ""] = key.split(" ");
  const url = new URL(pathOf(pattern, call.params ?? {}), instance.url);
  const query: Readonly<Record<string, string | number | undefined>> = { ...call.query };
  for (const [name, value] of Object.entries(query)) {
    if (value !== undefined) url.searchParams.set(name, String(value));
  }
  const body = call.body === undefined ? undefined : JSON.stringify(call.body);
  const headers = {
    authorization: `Bearer ${instance.token}`,
    ...(body === undefined ? {} : { "content-type": "application/json" }),
    ...(lastId === undefined ? {} : { "last-event-id": lastId }),
  };
  const response = await exchange(instance, { url, method, headers, body });
  if ((response.statusCode ?? 0) < 300) return response;
  throw failureOf(response, await textOf(response), instance);
}

function pathOf(pattern: string, params: Readonly<Record<string, string>>): string {
  return pattern.replaceAll(/:(\w+)/g, (_, name: string) => encodeURIComponent(params[name] ?? ""));
}

interface Outgoing {
  readonly url: URL;
  readonly method: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string | undefined;
}

async function exchange(instance: Instance, outgoing: Outgoing): Promise<IncomingMessage> {
  const { url, method, headers, body } = outgoing;
  const isSecure = url.protocol === "https:";
  const { request: make } = process.getBuiltinModule(isSecure ? "node:https" : "node:http");
  return new Promise((resolve, reject) => {
    // No keep-alive: a command asks little, and an idle socket would hold the process.
    const request = make(url, { method, headers, agent: false });
    // Until the head of the answer; what a stream sends after it may take its time.
    const deadline = setTimeout(() => request.destroy(new Error("no answer in time")), answerMsMax);
    request.once("response", (response) => {
      clearTimeout(deadline);
      resolve(response);
    });
    request.on("error", (error) => {
      clearTimeout(deadline);
      reject(gone(instance, reasonOf(error)));
    });
    request.end(body);
  });
}

function reasonOf(error: Error): string {
  return "code" in error && error.code === "ECONNREFUSED" ? "connection refused" : error.message;
}

function gone(instance: Instance, reason: string): CommandFailed {
  const next = instance.dataDir === undefined ? "check TIDEGATE_URL" : "tidegate doctor";
  const message = `tidegate does not answer at ${instance.url}: ${reason}`;
  return new CommandFailed(message, { exitCode: exitCodes.platform, next });
}

function failureOf(response: IncomingMessage, text: string, instance: Instance): CommandFailed {
  const isProblem =
    response.headers["content-type"]?.startsWith("application/problem+json") ?? false;
  if (!isProblem) return gone(instance, `status ${response.statusCode ?? 0}`);
  const problem: ProblemResource = JSON.parse(text);
  // A newer server may know codes that we do not.
  const exitCode = exitCodeOf[problem.code] ?? exitCodes.platform;
  // With TIDEGATE_URL comes TIDEGATE_TOKEN; what browsers and git do is of no use here.
  const isToken = problem.code === "unauthenticated" && instance.dataDir === undefined;
  const next = isToken ? "check TIDEGATE_TOKEN; a new one: tidegate token create" : problem.next;
  return new CommandFailed(problem.detail, { exitCode, next, code: problem.code });
}

async function textOf(response: IncomingMessage): Promise<string> {
  let text = "";
  for await (const piece of piecesOf(response)) {
    text += piece;
    if (text.length > answerBytesMax) response.destroy(new Error("the answer is too large"));
  }
  return text;
}

async function* piecesOf(response: IncomingMessage | undefined): AsyncIterable<string> {
  if (response === undefined) return;
  response.setEncoding("utf8");
  for await (const piece of response) yield String(piece);
}

/** A connection that ended before its stream did. */
function isBroken(error: unknown): boolean {
  const codes = new Set(["ECONNRESET", "EPIPE", "ETIMEDOUT"]);
  return error instanceof Error && "code" in error && codes.has(String(error.code));
}
