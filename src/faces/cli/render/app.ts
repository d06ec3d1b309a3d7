/** Apps as text. */
import { configWords, illWords, isDown, nextWhenIll, reasonNow } from "#domain";
import { formatDurationMs } from "#std";
import type { AppResource, HealthResource, RolloutResource } from "#faces/api/contract";
import { budgetWords } from "./budget.ts";
import { coverWords } from "./domain.ts";
import type { Paint } from "./paint.ts";
import { renderPairs, renderTable } from "./table.ts";
import { ago, percent, spoken } from "./words.ts";

interface Around {
  readonly now: number;
  readonly paint: Paint;
}

export function renderApps(apps: readonly AppResource[], { now, paint }: Around): string {
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
  const table = renderTable(columns, rows, paint);
  const told = apps.flatMap((app) => [...illsOf(app, { now, paint }), ...waitsOf(app, now)]);
  return told.length === 0 ? table : [table, "", ...told].join("\n");
}

export interface ShownApp extends Omit<AppResource, "sshUrl"> {
  /** For who can use it. */
  readonly sshUrl: string | undefined;
  /** What the instance that ended last printed at its end. */
  readonly lastLines: readonly string[];
}

export function renderApp(app: ShownApp, { now, paint }: Around): string {
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
      ["config", configOf(app)],
      ["created", `${ago(app.createdAt, now)} by ${app.createdBy}`],
    ],
    paint,
  );
  const [said, ...next] = illsOf(app, { now, paint });
  const printed = app.lastLines.map((line) => paint.dim(`  | ${line}`));
  const ill = said === undefined ? [] : ["", said, ...printed, ...next];
  const waits = waitsOf(app, now);
  return [head, pairs, ...ill, ...(waits.length === 0 ? [] : ["", ...waits])].join("\n");
}

function configOf({ configVersion: version, configTakenBack, environments }: AppResource): string {
  const { live, rollout } = environments[0] ?? {};
  return configWords({
    version,
    live: live?.configVersion,
    isRolledOut: rollout !== undefined && rollout.finishedAt === undefined,
    takenBack: configTakenBack,
  });
}

/** "https://www.shop.example, certificate is for it". */
function domainWords(domain: AppResource["domains"][number]): string {
  return `${domain.url}, certificate ${coverWords(domain)}`;
}

/** What is wrong with what is live, and what to type; nothing when it is well. */
function illsOf({ name, environments }: App, { now, paint }: Around): readonly string[] {
  const [environment] = environments;
  if (environment?.live === undefined) return [];
  const { live, restarts, health, errorRatio } = environment;
  const its = { number: live.number, restarts, isDown: isDown(live.instances) };
  const failing = `${percent(errorRatio)} of its requests failed in the last minute`;
  const words = illWords(its, now) ?? (health === "failing" ? failing : undefined);
  if (words === undefined) return [];
  const said = `${name}: ${words}`;
  return [isIll(health) ? paint.bad(said) : said, `next: ${nextWhenIll(name, live.number)}`];
}

/** What waits for a person, and what that person can type; nothing where nobody is waited for. */
function waitsOf({ name, environments }: App, now: number): readonly string[] {
  const rollout = environments[0]?.rollout;
  if (rollout === undefined || !waitsForPerson(rollout)) return [];
  const { waitsSince = now, asks } = rollout;
  const reason = reasonNow(rollout);
  const since = formatDurationMs(Math.max(0, now - waitsSince));
  const why = reason === "" ? "" : `: ${reason}`;
  return [
    `${name}: its rollout waits for a person, for ${since} now${why}`,
    `next: ${asks ?? `tidegate rollout show ${name}`}`,
  ];
}

export function waitsForPerson({
  waitsSince,
  finishedAt,
}: Pick<RolloutResource, "waitsSince" | "finishedAt">): boolean {
  return waitsSince !== undefined && finishedAt === undefined;
}

type App = Pick<AppResource, "name" | "environments">;

/** What is live, and what is on its way: `v11 live, rollout running at 5 %`; `v12 live, restarting`. */
export function standingOf(app: App): string {
  const [environment] = app.environments;
  const live = environment?.live;
  const rollout = environment?.rollout;
  const ill = isIll(environment?.health) ? `, ${environment?.health}` : "";
  const base = live === undefined ? "nothing delivered yet" : `v${live.number} live${ill}`;
  const isUnderWay = rollout !== undefined && rollout.finishedAt === undefined;
  if (!isUnderWay) return base;
  return `${base}, rollout ${spoken(rollout.state)} at ${percent(rollout.exposurePercent / 100)}`;
}

/** Users are served badly, or soon will be. */
export function isIll(health: HealthResource | undefined): boolean {
  return health === "restarting" || health === "failing";
}

function rateOf(app: AppResource): string {
  return (app.environments[0]?.requestsPerSecond ?? 0).toFixed(1);
}
