/** `tidegate open`: the console at the right page, in the browser where there is one. */
import { spawn } from "node:child_process";
import type { Client } from "../client.ts";
import { type ExitCode, exitCodes } from "../exit-code.ts";
import type { Session } from "../session.ts";
import { commitOf } from "./change.ts";

export interface OpenOptions {
  /** The app itself instead of its page. */
  readonly site?: boolean;
}

/** Where something is looked at. */
interface Place {
  readonly url: string;
}

export async function open(
  session: Session,
  options: OpenOptions,
  target?: string,
): Promise<ExitCode> {
  const { terminal } = session;
  const client = await session.client();
  const place =
    options.site === true
      ? await siteOf(session, client, target)
      : await pageOf(session, client, target);
  const isConsole = options.site !== true;
  if (session.isDryRun) return preview(session, place, isConsole);
  session.show(place, ({ url }) => url);
  if (!terminal.isInteractive || session.isJson) {
    // Where it goes may be kept, so it gets no link that signs in: who opens it has to be told.
    if (isConsole && isByMachineKey(session, client)) terminal.narrate(notSignedIn);
    return exitCodes.done;
  }
  const shown = isConsole ? await signedIn(place, session, client) : place;
  if (hasDesktop(session)) launch(shown.url);
  else terminal.narrate(`next: open it in a browser${signingIn(shown, place)}`);
  return exitCodes.done;
}

const notSignedIn =
  "this address signs nobody in, as it may be kept; at a terminal, without a pipe or --json, tidegate open does";

async function preview(session: Session, { url }: Place, isConsole: boolean): Promise<ExitCode> {
  const link = isConsole ? ", by a link that signs the browser in" : "";
  return session.showPreview({ effects: [`open ${url}${link}`] });
}

/**
 * With the key of this machine, the address signs the browser in as well, once and within a minute; for
 * everybody else it is the page, which asks them who they are. Only a person at a terminal gets it: what
 * goes into a pipe may be kept.
 */
async function signedIn(page: Place, session: Session, client: Client): Promise<Place> {
  if (!isByMachineKey(session, client)) return page;
  const { pathname } = new URL(page.url);
  const body = { returnTo: pathname };
  return { url: (await client.call("POST /api/v1/session/links", { body })).url };
}

function isByMachineKey({ terminal }: Session, { instance }: Client): boolean {
  return instance.dataDir !== undefined && terminal.env["TIDEGATE_TOKEN"] === undefined;
}

/** On another machine's terminal the link is of use only when it is shown. */
function signingIn(shown: Place, page: Place): string {
  return shown.url === page.url
    ? ""
    : `; this signs it in, once and within a minute:\n${shown.url}`;
}

async function siteOf(session: Session, client: Client, target?: string): Promise<Place> {
  const app = await session.app(target);
  const { url } = await client.call("GET /api/v1/apps/:app", { params: { app } });
  return { url };
}

/**
 * Apps by name, rollouts by id, changes by id, commit or what git calls it here; with nothing named, the app of this
 * directory.
 */
async function pageOf(session: Session, client: Client, target?: string): Promise<Place> {
  const at = (path: string): Place => ({ url: new URL(path, named(client.instance.url)).href });
  if (target === undefined) {
    const here = await session.appHere();
    return at(here !== undefined && (await isApp(client, here)) ? `/apps/${here}` : "/");
  }
  if (target.startsWith("rol_")) {
    const params = { rollout: target };
    const { change } = await client.call("GET /api/v1/rollouts/:rollout", { params });
    return at(`/changes/${change}`);
  }
  const isIdOrCommit = target.startsWith("chg_") || /^[0-9a-f]{7,64}$/.test(target);
  if (!isIdOrCommit) {
    if (await isApp(client, target)) return at(`/apps/${target}`);
    const commit = await commitOf(session, target);
    // Neither an app nor a commit: the API says what it does not know.
    if (commit === undefined)
      await client.call("GET /api/v1/apps/:app", { params: { app: target } });
    return pageOf(session, client, commit);
  }
  const { id } = await client.call("GET /api/v1/changes/:change", { params: { change: target } });
  return at(`/changes/${id}`);
}

async function isApp(client: Client, target: string): Promise<boolean> {
  const { apps } = await client.call("GET /api/v1/apps", {});
  return apps.some(({ name }) => name === target);
}

/** Browsers keep passkeys and cookies by name: 127.0.0.1 has none, and is not localhost to them. */
function named(url: string): string {
  const { protocol, hostname, port } = new URL(url);
  return hostname === "127.0.0.1" ? `${protocol}//localhost:${port}` : url;
}

function hasDesktop({ terminal, isJson }: Session): boolean {
  if (!terminal.isInteractive || isJson) return false;
  const isMac = process.platform === "darwin";
  return isMac || ["DISPLAY", "WAYLAND_DISPLAY"].some((name) => (terminal.env[name] ?? "") !== "");
}

/** Whether it opens is between the person and their desktop: the address was printed. */
function launch(url: string): void {
  const opener = process.platform === "darwin" ? "open" : "xdg-open";
  const child = spawn(opener, [url], { detached: true, stdio: "ignore" });
  child.once("error", () => undefined);
  child.unref();
}
