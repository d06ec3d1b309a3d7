/** The commands a face may give. Each is in the journal before it has an effect. */
import { err, ok } from "#std";
import {
  type App,
  type AppName,
  type ConfigVersion,
  finalChangeStates,
  finalRolloutStates,
  parseAppName,
  type Release,
  type Rollout,
  type RolloutCommand,
  type Stored,
  type WrongState,
} from "#domain";
import { updateDocument } from "#delivery/rollout";
import { configOf } from "./config.ts";
import { type Delivery } from "./delivery.ts";
import { type Hands } from "./hands.ts";
import { makeRoom } from "./make-room.ts";
import { findApp, findRollout, viewOfApp } from "./questions.ts";
import { newRelease, numberTaken, releasePut } from "./roll-out.ts";
import { rollBack } from "./roll-back.ts";

type Commands = Pick<Delivery, "createApp" | "deleteApp" | "rollback" | "command" | "changeConfig">;

const conflictsMax = 20;
/** Deleting waits this long for a rollout to step aside. */
const stepAsideTimeoutMs = 10_000;
const releasesMax = 1_000;

export function commands(hands: Hands): Commands {
  const { ports } = hands;
  const { store, repositories, clock, wakes } = ports;
  return {
    async createApp({ name }, actor) {
      const parsed = parseAppName(name);
      if (!parsed.ok) return parsed;
      const before = await store.get("app", parsed.value);
      if (before !== undefined && before.body.deletedAt === undefined) {
        return err({ code: "already_exists", what: "app", name });
      }
      await repositories.create(parsed.value);
      const app = freshApp(parsed.value, actor.name, clock.now());
      const written = await store.commit({
        entries: [
          {
            type: "dev.cdevents.repository.created",
            app: app.name,
            actor: actor.name,
            data: { app: app.name },
          },
        ],
        documents: [
          { kind: "app", id: app.name, app: app.name, body: app, ifVersion: before?.version ?? 0 },
        ],
      });
      if (!written.ok) return err({ code: "already_exists", what: "app", name });
      await hands.routes.publish(AbortSignal.timeout(stepAsideTimeoutMs));
      return ok(await viewOfApp(app, ports));
    },

    async deleteApp(name, actor) {
      const found = await findApp(name, ports);
      if (!found.ok) return found;
      await deleteWhole(name, actor.name, hands);
      return ok(undefined);
    },

    async rollback({ app: name, to }, actor) {
      const found = await findApp(name, ports);
      return found.ok ? await rollBack({ app: name, to, actor: actor.name }, hands) : found;
    },

    async command({ idOrApp, kind, reason }, actor) {
      const found = await findRollout(idOrApp, ports);
      if (!found.ok) return found;
      const refusal = refusalOf(found.value, kind);
      if (refusal !== undefined) return err(refusal);
      const command: RolloutCommand = { kind, by: actor.name, reason, at: clock.now() };
      const commanded = await updateDocument(
        store,
        { kind: "rollout", id: found.value.id },
        (rollout) =>
          finalRolloutStates.has(rollout.state)
            ? undefined
            : {
                body: { ...rollout, command },
                entries: [
                  {
                    type: "dev.tidegate.rollout.commanded",
                    app: rollout.app,
                    change: rollout.change,
                    actor: actor.name,
                    data: { rollout: rollout.id, command: kind, reason },
                  },
                ],
              },
      );
      await store.commit({
        enqueue: [{ kind: "rollout", key: found.value.id, app: found.value.app }],
      });
      wakes.wake(found.value.id);
      return ok(commanded ?? found.value);
    },

    async changeConfig(input, actor) {
      for (let attempt = 0; attempt < conflictsMax; attempt += 1) {
        const stored = await store.get("app", input.app);
        if (stored === undefined || stored.body.deletedAt !== undefined) {
          return err({ code: "not_found", what: "app", name: input.app });
        }
        const before = await store.get("config", `${input.app}:${stored.body.configVersion}`);
        const next = configOf(stored.body, before?.body, input, {
          by: actor.name,
          now: clock.now(),
        });
        if (!next.ok) return next;
        if (stored.body.activeRollout !== undefined) return err(busy(stored.body.activeRollout));
        if (await writeConfig(stored, next.value, { input, actor: actor.name }, hands)) {
          return ok({ version: next.value.version, values: next.value.values });
        }
      }
      throw new Error(
        `the app ${input.app} changed faster than its configuration could be written`,
      );
    },
  };
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

function busy(rollout: string): WrongState {
  return {
    code: "wrong_state",
    what: "app",
    state: `in the rollout ${rollout}`,
    next: "wait for its verdict, or run: tidegate rollout abort",
  };
}

function refusalOf(rollout: Rollout, kind: RolloutCommand["kind"]): WrongState | undefined {
  const wrong = (next: string): WrongState => ({
    code: "wrong_state",
    what: "rollout",
    state: rollout.state.replace("_", " "),
    next,
  });
  if (finalRolloutStates.has(rollout.state)) {
    return wrong("it is over; to go back to an earlier release run: tidegate release rollback");
  }
  if (kind === "pause" && rollout.state === "paused") return wrong("run: tidegate rollout resume");
  if (kind === "resume" && rollout.state === "running") return wrong("it runs already");
  return undefined;
}

/** The new version; and, when something is live, a release of the same artifact that carries it. */
async function writeConfig(
  app: Stored<App>,
  config: ConfigVersion,
  {
    input,
    actor,
  }: { readonly input: Parameters<Delivery["changeConfig"]>[0]; readonly actor: string },
  { ports }: Hands,
): Promise<boolean> {
  const { store, clock } = ports;
  const live =
    app.body.liveRelease === undefined
      ? undefined
      : await store.get("release", app.body.liveRelease);
  const artifact = live === undefined ? undefined : await store.get("artifact", live.body.artifact);
  const next = { ...app.body, configVersion: config.version };
  const release =
    live === undefined || artifact === undefined
      ? undefined
      : newRelease(
          next,
          { change: live.body.change, artifact: artifact.body, cause: "config" },
          clock,
        );
  const written = await store.commit({
    entries: [
      {
        type: "dev.tidegate.config.changed",
        app: app.body.name,
        actor,
        data: {
          version: config.version,
          keysSet: Object.keys(input.set),
          keysUnset: input.unset,
        },
      },
    ],
    documents: [
      { kind: "config", id: `${config.app}:${config.version}`, app: config.app, body: config },
      ...(release === undefined
        ? [{ kind: "app" as const, id: app.id, app: next.name, body: next, ifVersion: app.version }]
        : [numberTaken({ ...app, body: next }), releasePut(release)]),
    ],
    enqueue: release === undefined ? [] : [{ kind: "deliver", key: release.id, app: next.name }],
  });
  return written.ok;
}

/** Stops what runs, takes the app out of the table, keeps its journal. */
async function deleteWhole(name: AppName, actor: string, hands: Hands): Promise<void> {
  const { ports, routes, keeper } = hands;
  const { store, repositories, clock, wakes } = ports;
  const signal = AbortSignal.timeout(stepAsideTimeoutMs);
  await updateDocument(store, { kind: "app", id: name }, (app) => ({
    body: { ...app, deletedAt: clock.now() },
    entries: [{ type: "dev.cdevents.repository.deleted", app: name, actor, data: { app: name } }],
  }));
  const changes = await store.list("change", { app: name, limit: 100 });
  for (const { id, body } of changes.filter(
    ({ body: each }) => !finalChangeStates.has(each.state),
  )) {
    await updateDocument(store, { kind: "change", id }, (change) => ({
      body: { ...change, state: "superseded", finishedAt: clock.now() },
    }));
    wakes.wake(body.id);
  }
  await makeRoom(name, { by: actor, reason: "the app was deleted" }, { ports, signal });
  await routes.publish(signal);
  const releases = await store.list("release", { app: name, limit: releasesMax });
  const running = releases.filter(({ body }: Stored<Release>) => body.instances.length > 0);
  for (const { id, body } of running) {
    await updateDocument(store, { kind: "release", id }, (release) => ({
      body: { ...release, state: "stopped" },
    }));
    await keeper.converge(body.id, new AbortController().signal);
  }
  await repositories.delete(name);
  await store.deleteApp(name);
}
