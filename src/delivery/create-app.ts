/** A new app: its repository first, so that an app that is known can be pushed to. */
import { err, ok, type Result } from "#std";
import {
  type AlreadyExists,
  type App,
  type AppName,
  type InvalidInput,
  parseAppName,
} from "#domain";
import { type AppView } from "./delivery.ts";
import { type Hands } from "./hands.ts";
import { viewOfApp } from "./views.ts";

/** The edges answer within a moment; one that is down loads the table when it comes back. */
const publishTimeoutMs = 10_000;

export async function createApp(
  name: string,
  actor: string,
  { ports, routes }: Hands,
): Promise<Result<AppView, InvalidInput | AlreadyExists>> {
  const { store, repositories, clock } = ports;
  const parsed = parseAppName(name);
  if (!parsed.ok) return parsed;
  const before = await store.get("app", parsed.value);
  if (before !== undefined && before.body.deletedAt === undefined) {
    return err({ code: "already_exists", what: "app", name });
  }
  await repositories.create(parsed.value);
  const app = freshApp(parsed.value, actor, clock.now());
  const written = await store.commit({
    entries: [
      {
        type: "dev.cdevents.repository.created",
        app: app.name,
        actor,
        data: { app: app.name },
      },
    ],
    documents: [
      { kind: "app", id: app.name, app: app.name, body: app, ifVersion: before?.version ?? 0 },
    ],
  });
  if (!written.ok) return err({ code: "already_exists", what: "app", name });
  await routes.publish(AbortSignal.timeout(publishTimeoutMs));
  return ok(await viewOfApp(app, ports));
}

function freshApp(name: AppName, by: string, now: number): App {
  return {
    name,
    createdAt: now,
    createdBy: by,
    trackedBranch: "main",
    configVersion: 0,
    nextReleaseNumber: 1,
  };
}
