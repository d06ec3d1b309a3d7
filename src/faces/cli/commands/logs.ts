/** `tidegate logs`: what an app's processes print. */
import { some } from "#std";
import type { LogLineResource } from "#faces/api/contract";
import { type ExitCode, exitCodes } from "../exit-code.ts";
import type { Session } from "../session.ts";
import { wholeNumber } from "../whole-number.ts";
import { releaseNumber } from "./release.ts";

export interface LogsOptions {
  readonly follow?: boolean;
  readonly tail: string;
  readonly release?: string;
  readonly instance?: string;
}

export async function showLogs(
  session: Session,
  options: LogsOptions,
  named?: string,
): Promise<ExitCode> {
  const app = await session.app(named);
  const release = options.release === undefined ? {} : { release: releaseNumber(options.release) };
  const tail = wholeNumber("--tail", options.tail, {
    most: 5000,
    next: "tidegate logs --tail 200",
  });
  const query = { tail, ...release, ...some("instance", options.instance) };
  const call = { params: { app }, query };
  const client = await session.client();
  if (options.follow !== true) {
    const page = await client.call("GET /api/v1/apps/:app/logs", call);
    if (page.lines.length > 0 || session.isJson) {
      session.show(page, ({ lines }) => lines.map((line) => render(line, session)).join("\n"));
    }
    return exitCodes.done;
  }
  const lines = client.follow("GET /api/v1/apps/:app/logs/events", call, { canResume: false });
  for await (const line of lines) {
    session.terminal.result(session.isJson ? JSON.stringify(line) : render(line, session));
  }
  return exitCodes.done;
}

function render(line: LogLineResource, { terminal }: Session): string {
  const time = line.at === undefined ? "" : `${new Date(line.at).toISOString().slice(11, 19)} `;
  const source = `${time}${line.release} ${line.processType} ${line.instance.slice(-4)}`;
  return `${terminal.paint.dim(`${source} |`)} ${line.text}`;
}
