/** What an app's instance that ended last printed at its end. */
import type { AppResource, RouteOutput } from "#faces/api/contract";
import type { Call, Client } from "./client.ts";
import { CommandFailed } from "./command-failed.ts";
import { lastLinesMax } from "./limits.ts";

type LogsRoute = "GET /api/v1/apps/:app/logs";

/** Why what is live ended last, as far as it said so; nothing for who may not read its logs. */
export async function lastLinesOf(
  client: Client,
  { name, environments: [environment] }: AppResource,
): Promise<readonly string[]> {
  if (environment?.live === undefined || environment.restarts === undefined) return [];
  const release = `v${environment.live.number}`;
  const { may } = await client.call("GET /api/v1/rights", { query: { app: name } });
  if (!may.includes("log.read")) return [];
  const params = { app: name };
  const { sources } = await client.call("GET /api/v1/apps/:app/instances/logs", { params });
  const ended = sources.find((source) => source.release === release && !source.isRunning);
  if (ended === undefined) return [];
  const query = { tail: lastLinesMax, instance: ended.instance };
  const lines = await linesOf(client, { params, query });
  return lines.map(({ text }) => text).filter((text) => text.trim() !== "");
}

/** Logs make room for newer ones at any time: of one that went meanwhile there is nothing to show. */
async function linesOf(
  client: Client,
  asked: Call<LogsRoute>,
): Promise<RouteOutput<LogsRoute>["lines"]> {
  try {
    return (await client.call("GET /api/v1/apps/:app/logs", asked)).lines;
  } catch (error) {
    if (error instanceof CommandFailed && error.code === "not_found") return [];
    throw error;
  }
}
