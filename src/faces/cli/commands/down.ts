/** `tidegate down`: stops the supervisor and with it everything it started. */
import { formatDurationMs } from "#std";
import { CommandFailed } from "../command-failed.ts";
import { type Endpoint, isAlive, readEndpoint, runDirectory } from "../endpoint.ts";
import { type ExitCode, exitCodes } from "../exit-code.ts";
import { stopMsMax } from "../limits.ts";
import type { Session } from "../session.ts";
import { until } from "../until.ts";

export async function down(session: Session): Promise<ExitCode> {
  const { terminal, dataDir } = session;
  const endpoint = await readEndpoint(dataDir);
  if (endpoint === undefined || !(await isAlive(endpoint))) {
    session.show({ stopped: [] }, () => `tidegate is not running on ${dataDir}`);
    return exitCodes.done;
  }
  const apps = await runningApps(session);
  if (session.isDryRun) return preview(session, endpoint, apps);
  const startedAt = terminal.now();
  process.kill(endpoint.pid, "SIGTERM");
  terminal.narrate(apps.length === 0 ? "stopping" : `stopping, with ${apps.join(", ")}`);
  const isGone = await until(runDirectory(dataDir), {
    timeoutMs: stopMsMax,
    look: async () => ((await isAlive(endpoint)) ? undefined : true),
  });
  if (isGone === undefined) {
    const waited = formatDurationMs(stopMsMax);
    throw new CommandFailed(`process ${endpoint.pid} has not ended after ${waited}`, {
      exitCode: exitCodes.platform,
      next: `see ${runDirectory(dataDir)}/supervisor.log, then: kill -KILL ${endpoint.pid}`,
    });
  }
  const tookText = formatDurationMs(terminal.now() - startedAt);
  session.show({ stopped: apps }, () => `tidegate is down after ${tookText}`);
  terminal.narrate("next: tidegate up");
  return exitCodes.done;
}

async function preview(
  session: Session,
  { url, pid }: Endpoint,
  apps: readonly string[],
): Promise<ExitCode> {
  const running = apps.length === 0 ? "no app runs" : `with it would go ${apps.join(", ")}`;
  return session.showPreview({
    effects: [
      `stop the tidegate that answers at ${url} (process ${pid}); ${running}`,
      `keep everything under ${session.dataDir}`,
    ],
  });
}

/** For the person's information only: what cannot be asked does not keep us from stopping. */
async function runningApps(session: Session): Promise<readonly string[]> {
  try {
    const client = await session.client();
    const { apps } = await client.call("GET /api/v1/apps", {});
    return apps
      .filter(({ environments }) => environments[0]?.live !== undefined)
      .map(({ name }) => name);
  } catch {
    return [];
  }
}
