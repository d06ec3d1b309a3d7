/** Apps as text. */
import type { AppResource } from "#faces/api/contract";
import { budgetWords } from "./budget.ts";
import { coverWords } from "./domain.ts";
import type { Paint } from "./paint.ts";
import { renderPairs, renderTable } from "./table.ts";
import { ago, percent, spoken } from "./words.ts";

export function renderApps(apps: readonly AppResource[], paint: Paint): string {
  const rows = apps.map((app) => [
    paint.bold(app.name),
    standingOf(app),
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
  return renderTable(columns, rows, paint);
}

/** `sshUrl`: for who can use it. */
export function renderApp(
  app: Omit<AppResource, "sshUrl"> & { readonly sshUrl: string | undefined },
  { now, paint }: { readonly now: number; readonly paint: Paint },
): string {
  const [environment] = app.environments;
  const traffic = `${rateOf(app)} requests/s, ${percent(environment?.errorRatio ?? 0)} errors`;
  const head = `${paint.bold(app.name)}  ${standingOf(app)}`;
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
  return `${head}\n${pairs}`;
}

/** "https://www.shop.example, certificate is for it". */
function domainWords(domain: AppResource["domains"][number]): string {
  return `${domain.url}, certificate ${coverWords(domain)}`;
}

/** What is live, and what is on its way: `v11 live, v12 rollout running`. */
export function standingOf(app: AppResource): string {
  const [environment] = app.environments;
  const live = environment?.live;
  const rollout = environment?.rollout;
  const base = live === undefined ? "nothing delivered yet" : `v${live.number} live`;
  const isUnderWay = rollout !== undefined && rollout.finishedAt === undefined;
  if (!isUnderWay) return base;
  return `${base}, rollout ${spoken(rollout.state)} at ${percent(rollout.exposurePercent / 100)}`;
}

function rateOf(app: AppResource): string {
  return (app.environments[0]?.requestsPerSecond ?? 0).toFixed(1);
}
