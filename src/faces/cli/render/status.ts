/** The platform at a glance: is everything up, what is on its way, what was delivered last. */
import { formatDurationMs } from "#std";
import type { HealthResource } from "#faces/api/contract";
import type { Glance } from "../commands/status.ts";
import { isIll, renderApps, waitsForPerson } from "./app.ts";
import { renderChanges } from "./change.ts";
import type { Paint } from "./paint.ts";
import { renderPairs } from "./table.ts";
import { noneSeen, rightsOf, seesAll } from "./rights.ts";
import { count, counted } from "./words.ts";

interface Around {
  readonly now: number;
  readonly paint: Paint;
}

/** Apps shown; those that fare ill come first, then those on their way, then those with most traffic. */
const appsShown = 12;

export function renderGlance(glance: Glance, { now, paint }: Around): string {
  const { status, apps, changes, url, dataDir, me } = glance;
  const isPartial = !seesAll(me);
  const since = formatDurationMs(now - status.startedAt);
  const fares = `${healthOf(glance, paint)}${waitingIn(apps, paint)}`;
  const head = `tidegate ${status.version} is up for ${since}, ${fares}`;
  const rollouts =
    status.activeRollouts === 0 ? "no rollout" : counted(status.activeRollouts, "rollout");
  const pairs = renderPairs(
    [
      ["url", url],
      ["ssh", status.ssh && `${status.ssh.url}, host key ${status.ssh.hostKey}`],
      [
        "apps",
        `${count(status.apps)}${isPartial ? " that you may see" : ""}, ${rollouts} under way`,
      ],
      ["edges", edgesOf(glance, paint)],
      ["database", status.database],
      ["sandbox", `level ${status.sandboxLevel} of 3`],
      ["journal", counted(status.journalEntries, "entry").replace("entrys", "entries")],
      ["data", dataDir],
      ["rights", isPartial ? rightsOf(me) : undefined],
    ],
    paint,
  );
  const parts = [`${head}\n${pairs}`];
  const first = byInterest(apps).slice(0, appsShown);
  if (first.length > 0) parts.push(renderApps(first, { now, paint }));
  const left = apps.length - first.length;
  if (left > 0) parts.push(paint.dim(`and ${counted(left, "app")} more: tidegate app list`));
  if (changes.length > 0) parts.push(renderChanges(changes, now, paint));
  if (apps.length === 0)
    parts.push(
      isPartial ? noneSeen.replace("\n", "; ") : "no apps yet; next: tidegate app create NAME",
    );
  return parts.join("\n\n");
}

/** Of the platform, and of what is live on it. */
function healthOf({ status, apps }: Glance, paint: Paint): string {
  const down = status.edges.filter(({ isUp }) => !isUp).length;
  const are = (health: HealthResource): number =>
    apps.filter(({ environments }) => environments[0]?.health === health).length;
  const ills = [
    [down, "edge", "down"],
    [are("restarting"), "app", "restarting"],
    [are("failing"), "app", "failing"],
  ] as const;
  const told = ills
    .filter(([number]) => number > 0)
    .map(([number, noun, is]) => `${counted(number, noun)} ${is}`);
  return told.length === 0 ? paint.good("healthy") : paint.bad(told.join(", "));
}

/** Nothing is ill, and somebody is asked all the same. */
function waitingIn(apps: Glance["apps"], paint: Paint): string {
  const waiting = apps.filter(({ environments: [environment] }) => {
    const rollout = environment?.rollout;
    return rollout !== undefined && waitsForPerson(rollout);
  }).length;
  if (waiting === 0) return "";
  return `, ${paint.busy(`${counted(waiting, "rollout")} ${waiting === 1 ? "waits" : "wait"} for a person`)}`;
}

function edgesOf({ status }: Glance, paint: Paint): string {
  const edges = status.edges.map(({ name, isUp }) => (isUp ? name : paint.bad(`${name} down`)));
  return edges.join(", ");
}

function byInterest(apps: Glance["apps"]): Glance["apps"] {
  return apps.toSorted((a, b) => interestOf(b) - interestOf(a));
}

/** An app that fares ill is of more interest than one on its way, and that of more than any traffic. */
function interestOf({ environments: [environment] }: Glance["apps"][number]): number {
  const rollout = environment?.rollout;
  const isUnderWay = rollout !== undefined && rollout.finishedAt === undefined;
  return (
    (isIll(environment?.health) ? 2_000_000_000 : 0) +
    (isUnderWay ? 1_000_000_000 : 0) +
    (environment?.requestsPerSecond ?? 0)
  );
}
