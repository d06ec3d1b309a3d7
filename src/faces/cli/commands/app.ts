/** `tidegate app …`: what a team delivers. */
import { type ExitCode, exitCodes } from "../exit-code.ts";
import { renderApp, renderApps } from "../render/app.ts";
import { renderPairs } from "../render/table.ts";
import type { Session } from "../session.ts";

export async function createApp(session: Session, name: string): Promise<ExitCode> {
  const { terminal } = session;
  const client = await session.client();
  const app = await client.call("POST /api/v1/apps", { body: { name } });
  session.show(app, () => {
    const pairs = renderPairs(
      [
        ["url", app.url],
        ["git", app.gitUrl],
      ],
      terminal.paint.dim,
    );
    return `app ${app.name} created\n${pairs}`;
  });
  terminal.narrate(`next: tidegate link ${app.name}`);
  return exitCodes.done;
}

export async function listApps(session: Session): Promise<ExitCode> {
  const { terminal } = session;
  const client = await session.client();
  const list = await client.call("GET /api/v1/apps", {});
  if (list.apps.length === 0 && !session.isJson) {
    terminal.narrate("no apps yet\nnext: tidegate app create NAME");
    return exitCodes.done;
  }
  session.show(list, ({ apps }) => renderApps(apps, terminal.paint));
  return exitCodes.done;
}

export async function showApp(session: Session, named?: string): Promise<ExitCode> {
  const { terminal } = session;
  const app = await session.app(named);
  const client = await session.client();
  const shown = await client.call("GET /api/v1/apps/:app", { params: { app } });
  session.show(shown, (value) => renderApp(value, terminal.now(), terminal.paint));
  return exitCodes.done;
}

/** The name is always asked for: nothing is deleted because of where one happens to stand. */
export async function deleteApp(session: Session, app: string): Promise<ExitCode> {
  const client = await session.client();
  const deleted = await client.call("DELETE /api/v1/apps/:app", { params: { app } });
  session.show(deleted, ({ name }) => `app ${name} deleted`);
  session.terminal.narrate("its repository stays in the trash for seven days");
  return exitCodes.done;
}

/** `tidegate open`: prints where users reach the app. */
export async function openApp(session: Session, named?: string): Promise<ExitCode> {
  const app = await session.app(named);
  const client = await session.client();
  const shown = await client.call("GET /api/v1/apps/:app", { params: { app } });
  session.show(shown, ({ url }) => url);
  return exitCodes.done;
}
