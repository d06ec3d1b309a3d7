/** The handlers of those who look closer. Each reaches the delivery and nothing else. */
import { ok } from "#std";
import { isAllowed, stagesWithoutLogExcerpts } from "#domain";
import type { Delivery, DoraPeriod, TestRun } from "#delivery";
import type { insightRoutes } from "#faces/api/contract";
import type { Handlers } from "./handlers.ts";
import { mapped, withApp } from "./named.ts";
import { copy, isIn } from "./resources.ts";

export type InsightRoutes = keyof typeof insightRoutes;

export function insightHandlers(delivery: Delivery): Pick<Handlers, InsightRoutes> {
  return {
    "GET /api/v1/changes/:change/story": async ({ params }, { actor }) => {
      const logs = await delivery.sight(actor, "log.read");
      return mapped(
        await delivery.story(params.change),
        ({ change: { id, app }, rollout: _rollout, stages, ...rest }) => {
          const shown = isIn(logs, app) ? stages : stagesWithoutLogExcerpts(stages);
          return copy({ change: id, app, stages: shown, ...rest });
        },
      );
    },
    "GET /api/v1/changes/:change/tests": async ({ params }) =>
      mapped(await delivery.tests(params.change), ({ run, ...compared }) =>
        copy({ ...runOf(run), ...compared }),
      ),
    "GET /api/v1/changes/:change/diff": async ({ params }) =>
      mapped(await delivery.diff(params.change), (diff) => copy(diff)),
    "GET /api/v1/changes/:change/evidence": async ({ params }) =>
      mapped(await delivery.evidence(params.change), (view) => copy(view)),
    "GET /api/v1/changes/:change/evidence/:bundle": async ({ params }) =>
      mapped(await delivery.evidenceBundle(params.change, params.bundle), (bundle) => ({ bundle })),
    "GET /api/v1/apps/:app/diff": ({ params, query }, { actor }) =>
      withApp(params.app, async (app) => {
        const asked = { kind: "app", name: app, environment: "production" } as const;
        const found = await delivery.locate(asked, actor);
        if (!found.ok) return found;
        // Names of the configuration are for those who may list them, also where two releases differ by one.
        const mayName = isAllowed(actor, "config.read", found.value.resource);
        return mapped(await delivery.releaseDiff({ app, ...query }), ({ config, ...diff }) =>
          copy({ ...diff, ...(mayName ? { config } : {}) }),
        );
      }),
    "GET /api/v1/apps/:app/tests": ({ params }) =>
      withApp(params.app, async (app) =>
        mapped(await delivery.testHistory(app), ({ runs, cases }) =>
          copy({ runs: runs.map((run) => runOf(run)), cases }),
        ),
      ),
    "GET /api/v1/dora/periods": async ({ query: { app: name, ...asked } }) => {
      if (name === undefined) return told(await delivery.doraOverTime(asked));
      return withApp(name, async (app) => told(await delivery.doraOverTime({ app, ...asked })));
    },
    "GET /api/v1/durations": async ({ query: { app: name } }) => {
      if (name === undefined) return ok(copy(await delivery.durations({})));
      return withApp(name, async (app) => ok(copy(await delivery.durations({ app }))));
    },
    "GET /api/v1/storage": async () => ok(copy(await delivery.storageUse())),
  };
}

function told(periods: readonly DoraPeriod[]) {
  return ok({ periods: copy(periods) });
}

/** A run without its cases. */
function runOf({ change, at, report }: TestRun) {
  const { cases: _cases, ...summary } = report;
  return { change, at, summary };
}
