/** Apps as text. */
import { nextWhenRestarting, type Restarts, restartsOf, restartWords } from "#domain";
import type { AppResource } from "#faces/api/contract";
import { budgetWords } from "./budget.ts";
import { coverWords } from "./domain.ts";
import type { Paint } from "./paint.ts";
import { renderPairs, renderTable } from "./table.ts";
import { ago, percent, spoken } from "./words.ts";

export function renderApps(apps: readonly AppResource[], now: number, paint: Paint): string {
  const rows = apps.map((app) => [
    paint.bold(app.name),
    standingOf(app, now),
    `${rateOf(app)} req/s`,
    percent(app.environments[0]?.errorRatio ?? 0),
    app.url,
  ]);
  const columns = [
    { title: "APP" },
    { title: "STATE" },
    { title: "TRAFFIC", align: "right" },
    { title: "ERRORS", align: "right" },
    { title: "URL" },
  ] as const;
  const table = renderTable(columns, rows, paint);
  const restarts = apps.flatMap((app) => restartLines(app, now, paint));
  return restarts.length === 0 ? table : [table, "", ...restarts].join("\n");
}

/** `sshUrl`: for who can use it. */
export function renderApp(
  app: Omit<AppResource, "sshUrl"> & { readonly sshUrl: string | undefined },
  { now, paint }: { readonly now: number; readonly paint: Paint },
): string {
  const [environment] = app.environments;
  const traffic = `${rateOf(app)} requests/s, ${percent(environment?.errorRatio ?? 0)} errors`;
  const head = `${paint.bold(app.name)}  ${standingOf(app, now)}`;
  const pairs = renderPairs(
    [
      ["url", app.url],
      ...app.domains.map(
        (domain, index) => [index === 0 ? "domains" : "", domainWords(domain)] as const,
      ),
      ["git", app.gitUrl],
      ["git, by key", app.sshUrl],
      ["branch", app.trackedBranch],
      ["traffic", traffic],
      ...(environment?.budget === undefined
        ? []
        : [["budget", budgetWords(environment.budget)] as const]),
      ["config", app.configVersion === 0 ? "none" : `version ${app.configVersion}`],
      ["created", `${ago(app.createdAt, now)} by ${app.createdBy}`],
    ],
    paint,
  );
  return [`${head}\n${pairs}`, ...restartLines(app, now, paint)].join("\n");
}

/** "https://www.shop.example, certificate is for it". */
function domainWords(domain: AppResource["domains"][number]): string {
  return `${domain.url}, certificate ${coverWords(domain)}`;
}

/** That what is live ends by itself, and what to type; nothing where it does not. */
function restartLines(app: App, now: number, paint: Paint): readonly string[] {
  const restarts = restartsIn(app, now);
  const number = app.environments[0]?.live?.number;
  if (restarts === undefined || number === undefined) return [];
  const said = `${app.name} ${restartWords(number, restarts, now)}`;
  return [restarts.isRestarting ? paint.bad(said) : said, `next: ${nextWhenRestarting(app.name)}`];
}

type App = Pick<AppResource, "name" | "environments">;

/** How often what is live ended by itself lately. */
export function restartsIn({ environments }: App, now: number): Restarts | undefined {
  return restartsOf(environments[0]?.live?.crash, now);
}

/** What is live, and what is on its way: `v11 live, v12 rollout running`; `v12 live, restarting`. */
export function standingOf(app: App, now: number): string {
  const [environment] = app.environments;
  const live = environment?.live;
  const rollout = environment?.rollout;
  const base =
    live === undefined
      ? "nothing delivered yet"
      : `v${live.number} live${restartsIn(app, now)?.isRestarting === true ? ", restarting" : ""}`;
  const isUnderWay = rollout !== undefined && rollout.finishedAt === undefined;
  if (!isUnderWay) return base;
  return `${base}, rollout ${spoken(rollout.state)} at ${percent(rollout.exposurePercent / 100)}`;
}

function rateOf(app: AppResource): string {
  return (app.environments[0]?.requestsPerSecond ?? 0).toFixed(1);
}
