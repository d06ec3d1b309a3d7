/** `tidegate status`: the platform at a glance, once or for as long as somebody watches. */
import { setTimeout as delay } from "node:timers/promises";
import { some } from "#std";
import type {
  AppResource,
  ChangeSummaryResource,
  MeResource,
  StatusResource,
} from "#faces/api/contract";
import type { Client } from "../client.ts";
import { CommandFailed } from "../command-failed.ts";
import { type ExitCode, exitCodes } from "../exit-code.ts";
import { statusChangesMax, watchIntervalMs } from "../limits.ts";
import { openLive } from "../live.ts";
import { standingOf } from "../render/app.ts";
import { renderGlance } from "../render/status.ts";
import type { Session } from "../session.ts";
import type { Screen } from "../terminal.ts";

export interface StatusOptions {
  readonly watch?: boolean;
}

/** What the view shows. */
export interface Glance {
  readonly status: StatusResource;
  readonly apps: readonly AppResource[];
  readonly changes: readonly ChangeSummaryResource[];
  readonly url: string;
  /** Where its data is, when it runs on this machine. */
  readonly dataDir?: string;
  /** Who looks, and by which rights. */
  readonly me: MeResource;
}

export async function showStatus(session: Session, options: StatusOptions): Promise<ExitCode> {
  const { terminal } = session;
  const client = await session.client();
  if (options.watch === true) return watch(session, client.quiet);
  const glance = await lookAt(client);
  session.show(glance.status, () => linesOf(session, glance).join("\n"));
  if (isWhole(glance)) return exitCodes.done;
  terminal.narrate("next: tidegate doctor");
  return exitCodes.platform;
}

async function lookAt(client: Client): Promise<Glance> {
  const [status, { apps }, { changes }, me] = await Promise.all([
    client.call("GET /api/v1/status", {}),
    client.call("GET /api/v1/apps", {}),
    client.call("GET /api/v1/changes", { query: { limit: statusChangesMax } }),
    client.call("GET /api/v1/me", {}),
  ]);
  const { url, dataDir } = client.instance;
  return { status, apps, changes, me, url, ...some("dataDir", dataDir) };
}

function isWhole({ status }: Glance): boolean {
  return status.edges.every(({ isUp }) => isUp);
}

function linesOf({ terminal }: Session, glance: Glance, columns?: number): string[] {
  const paint = columns === undefined ? terminal.paint : { ...terminal.paint, columns };
  return renderGlance(glance, { now: terminal.now(), paint }).split("\n");
}

async function watch(session: Session, client: Client): Promise<ExitCode> {
  const { screen } = session.terminal;
  return screen === undefined || session.isJson
    ? watchAsLines(session, client)
    : watchOnScreen(session, client, screen);
}

/** Ends by Ctrl-C; an instance that goes away is waited for. */
async function watchOnScreen(session: Session, client: Client, screen: Screen): Promise<never> {
  let lines = linesOf(session, await lookAt(client), screen.columns());
  const live = openLive(screen);
  for (;;) {
    live.paint([...lines, "", session.terminal.paint.dim("Ctrl-C ends this view")]);
    await delay(watchIntervalMs);
    try {
      lines = linesOf(session, await lookAt(client), screen.columns());
    } catch (error) {
      if (!(error instanceof CommandFailed)) {
        live.end();
        throw error;
      }
      lines = [session.terminal.paint.bad(error.message), `next: ${error.next}`];
    }
  }
}

/** A line for each app whose standing has changed, and at first for every app. */
async function watchAsLines(session: Session, client: Client): Promise<never> {
  const { terminal, isJson } = session;
  const told = new Map<string, string>();
  for (;;) {
    const glance = await lookAt(client);
    const news = isJson ? [["", JSON.stringify(glance.status)] as const] : standingsOf(glance);
    for (const [name, text] of news) {
      if (told.get(name) === text) continue;
      told.set(name, text);
      const at = new Date(terminal.now()).toISOString();
      terminal.result(isJson ? text : `${at} ${name} ${text}`);
    }
    await delay(watchIntervalMs);
  }
}

function standingsOf({ apps }: Glance): readonly (readonly [name: string, text: string])[] {
  return apps.map((app) => [app.name, standingOf(app)]);
}
