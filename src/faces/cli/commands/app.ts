/** `tidegate app …`: what a team delivers. */
import type { AppResource } from "#faces/api/contract";
import path from "node:path";
import { act } from "../act.ts";
import type { Client } from "../client.ts";
import { CommandFailed } from "../command-failed.ts";
import { confirm } from "../confirm.ts";
import { type ExitCode, exitCodes } from "../exit-code.ts";
import { lastLinesOf } from "../last-lines.ts";
import { refused } from "../refusal.ts";
import { renderApp, renderApps } from "../render/app.ts";
import { noneSeen, seesAll } from "../render/rights.ts";
import { renderPairs } from "../render/table.ts";
import { counted, percent } from "../render/words.ts";
import type { Session } from "../session.ts";

export async function createApp(session: Session, name: string, team?: string): Promise<ExitCode> {
  if (session.isDryRun) return previewCreation(session, name, team);
  const { terminal } = session;
  const client = await session.client();
  const body = { name };
  const app =
    team === undefined
      ? await client.call("POST /api/v1/apps", { body })
      : await client.call("POST /api/v1/teams/:team/apps", { params: { team }, body });
  session.show(app, () => {
    const pairs = renderPairs(
      [
        ["url", app.url],
        ["git", app.gitUrl],
      ],
      terminal.paint,
    );
    return `app ${app.name} created\n${pairs}`;
  });
  terminal.narrate(`next: tidegate link ${app.name}`);
  return exitCodes.done;
}

/** Whose an app is decides for whom a team's roles hold. */
export async function assignApp(
  session: Session,
  app: string,
  team: string | boolean | undefined,
): Promise<ExitCode> {
  if (team === undefined || team === true) {
    throw new CommandFailed("whose is it to be?", {
      exitCode: exitCodes.usage,
      next: `tidegate app assign ${app} --team NAME, or --no-team`,
    });
  }
  const whose = team === false ? "nobody's" : `the team ${team}'s`;
  return await act(session, {
    key: "PUT /api/v1/apps/:app/team",
    call: { params: { app }, body: team === false ? {} : { team } },
    effect: `make the app ${app} ${whose}`,
    render: ({ name }) => `app ${name} is ${whose}`,
  });
}

async function previewCreation(
  session: Session,
  name: string,
  team: string | undefined,
): Promise<ExitCode> {
  const { parseNewAppName } = await import("#domain");
  const parsed = parseNewAppName(name);
  if (!parsed.ok) throw refused(parsed.error);
  const client = await session.client();
  const { apps } = await client.call("GET /api/v1/apps", {});
  if (apps.some((app) => app.name === name)) {
    throw new CommandFailed(`app "${name}" exists already`, {
      exitCode: exitCodes.usage,
      next: `tidegate app show ${name}, or choose another name`,
    });
  }
  return session.showPreview({
    effects: [`create the app ${name} with an empty repository; nothing of it would run yet`],
    request: {
      method: "POST",
      path: team === undefined ? "/api/v1/apps" : `/api/v1/teams/${encodeURIComponent(team)}/apps`,
      body: { name },
    },
  });
}

export async function listApps(session: Session): Promise<ExitCode> {
  const { terminal } = session;
  const client = await session.client();
  const list = await client.call("GET /api/v1/apps", {});
  if (list.apps.length === 0 && !session.isJson) {
    const me = await client.call("GET /api/v1/me", {});
    terminal.narrate(seesAll(me) ? "no apps yet\nnext: tidegate app create NAME" : noneSeen);
    return exitCodes.done;
  }
  session.show(list, ({ apps }) =>
    renderApps(apps, { now: terminal.now(), paint: terminal.paint }),
  );
  return exitCodes.done;
}

export async function showApp(session: Session, named?: string): Promise<ExitCode> {
  const { terminal } = session;
  const app = await session.app(named);
  const client = await session.client();
  const shown = await client.call("GET /api/v1/apps/:app", { params: { app } });
  const [sshUrl, lastLines] = session.isJson
    ? [undefined, []]
    : await Promise.all([sshUrlFor(client, shown), lastLinesOf(client, shown)]);
  session.show(shown, (value) =>
    renderApp({ ...value, sshUrl, lastLines }, { now: terminal.now(), paint: terminal.paint }),
  );
  return exitCodes.done;
}

/** An address that only a key opens is shown to who has one. */
async function sshUrlFor(client: Client, { sshUrl }: AppResource): Promise<string | undefined> {
  if (sshUrl === undefined) return undefined;
  const { sshKeys } = await client.call("GET /api/v1/ssh-keys", {});
  return sshKeys.length === 0 ? undefined : sshUrl;
}

export interface DeleteOptions {
  readonly yes?: boolean;
}

/**
 * The name is always asked for: nothing is deleted because of where one happens to stand. It is the one
 * command whose effect no other takes back, and so the one that asks before it acts.
 */
export async function deleteApp(
  session: Session,
  { yes = false }: DeleteOptions,
  app: string,
): Promise<ExitCode> {
  const { terminal } = session;
  const client = await session.client();
  if (session.isDryRun) {
    const shown = await client.call("GET /api/v1/apps/:app", { params: { app } });
    return session.showPreview({
      effects: deletionOf(shown),
      request: { method: "DELETE", path: `/api/v1/apps/${app}` },
    });
  }
  if (!yes) {
    const command = `tidegate app delete ${app}`;
    await confirm(terminal, { name: app, command }, async () =>
      deletionOf(await client.call("GET /api/v1/apps/:app", { params: { app } })),
    );
  }
  const deleted = await client.call("DELETE /api/v1/apps/:app", { params: { app } });
  session.show(deleted, ({ name }) => `app ${name} deleted`);
  const { dataDir = "DATA" } = client.instance;
  const kept = path.join(dataDir, "git", "trash", `${app}.*.git`);
  const where = dataDir === "DATA" ? `${kept} on the instance's machine` : kept;
  terminal.narrate(`for seven days its repository is kept in ${where}`);
  terminal.narrate("its configuration, domains and releases are gone");
  terminal.narrate(
    `to have it again: tidegate app create ${app}, tidegate link ${app} in a clone of it, ` +
      "git push tide main, and set its configuration anew",
  );
  terminal.narrate(`without a clone: git clone ${kept}`);
  return exitCodes.done;
}

function deletionOf({ name, environments, url }: AppResource): readonly string[] {
  const [environment] = environments;
  const live = environment?.live;
  const rollout = environment?.rollout;
  const traffic = `${(environment?.requestsPerSecond ?? 0).toFixed(1)} requests/s now`;
  const effects: string[] = [];
  if (rollout !== undefined && rollout.finishedAt === undefined) {
    const { usersExposed } = rollout.evidence.totals;
    const share = percent(rollout.exposurePercent / 100);
    effects.push(`end the rollout at ${share}, which ${counted(usersExposed, "user")} have met`);
  }
  if (live !== undefined) {
    const instances = counted(live.instances.length, "instance");
    effects.push(
      `stop v${live.number} with its ${instances}: ${url} (${traffic}) would not answer`,
    );
  }
  return [
    ...effects,
    `move the repository of ${name} to the trash for seven days`,
    "forget its configuration, domains and releases, for good",
  ];
}
