/** A client that tells who waits, and what a name that does not exist may have been meant to be. */
import type { JsonRouteKey, RouteOutput } from "#faces/api/contract";
import type { Call, Client } from "./client.ts";
import { CommandFailed } from "./command-failed.ts";
import { nearest } from "#std";
import { withProgress } from "./progress.ts";
import type { Terminal } from "./terminal.ts";

interface Around {
  readonly terminal: Terminal;
  /** Of the command: "release rollback". */
  readonly name: string;
}

export function helpful(client: Client, { terminal, name }: Around): Client {
  return {
    instance: client.instance,
    quiet: client,
    follow: (key, call, options) => client.follow(key, call, options),
    async call<K extends JsonRouteKey>(key: K, call: Call<K>): Promise<RouteOutput<K>> {
      try {
        return await withProgress(terminal, name, async () => client.call(key, call));
      } catch (error) {
        throw await meant(error, { client, name, call });
      }
    },
  };
}

interface Asked {
  readonly client: Client;
  readonly name: string;
  readonly call: { readonly params?: unknown; readonly query?: unknown };
}

/** The failure, with the name that was probably meant when one was mistyped. */
async function meant(error: unknown, { client, name, call }: Asked): Promise<unknown> {
  if (!(error instanceof CommandFailed) || error.code !== "not_found") return error;
  const typed = namesIn(call).find((each) => error.message.includes(`"${each}"`));
  if (typed === undefined) return error;
  // For the suggestion only: without the list, the failure is told as it is.
  const names = await appNames(client);
  const near = names.includes(typed) ? undefined : nearest(typed, names);
  if (near === undefined) return error;
  const isOption = !name.startsWith("app ") && !/^(?:link|open|rollout) ?/.test(name);
  const next = `tidegate ${name} ${isOption ? "--app " : ""}${near}`;
  const { exitCode, code } = error;
  return new CommandFailed(`${error.message}. Did you mean ${near}?`, { exitCode, code, next });
}

async function appNames(client: Client): Promise<readonly string[]> {
  try {
    const { apps } = await client.call("GET /api/v1/apps", {});
    return apps.map(({ name }) => name);
  } catch {
    return [];
  }
}

/** What in the call may be the name of an app. */
function namesIn({ params, query }: Asked["call"]): readonly string[] {
  const given = { ...entriesOf(query), ...entriesOf(params) };
  return [given["app"], given["rollout"]].filter((each) => typeof each === "string");
}

function entriesOf(value: unknown): Readonly<Record<string, unknown>> {
  return typeof value === "object" ? { ...value } : {};
}
