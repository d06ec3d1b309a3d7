/** A change that fails 30 % of its requests: how soon it is stopped, and what it cost. */
import { setTimeout as delay } from "node:timers/promises";
import { nodeApp } from "./kit/apps.ts";
import { openAuthor } from "./kit/author.ts";
import { begin } from "./kit/begin.ts";
import { openCrowd } from "./kit/crowd.ts";
import { openPlatform, type Platform } from "./kit/platform.ts";
import type { Report } from "./kit/report.ts";
import { judged, median, quantile } from "./kit/samples.ts";

const app = "node";
const errorRatio = 0.3;
const perSecond = 100;
const users = 400;
const harmBudgetRequests = 50;
const stopSecondsMax = 5;
/** A rollout's exposure rests on the traffic it has seen. */
const warmUpMs = 12_000;

interface Ending {
  readonly stoppedS: number;
  readonly failed: number;
  readonly exposed: number;
  readonly said: string;
}

export async function badChangeBench({ isQuick }: { readonly isQuick: boolean }): Promise<Report> {
  const count = isQuick ? 2 : 7;
  await using platform = await openPlatform();
  await using author = await openAuthor();
  const good = nodeApp({ mark: "mark-0-", manifest: "" });
  await begin(platform, author, { app, files: good, mark: "mark-0-" });
  const crowd = openCrowd({ host: `${app}.localhost`, port: platform.edgePort, users, perSecond });
  await delay(warmUpMs);
  const endings: Ending[] = [];
  for (let round = 1; round <= count; round += 1) {
    const mark = `mark-${round}-`;
    await author.commit(`Fault ${round}`, nodeApp({ mark, errorRatio, manifest: "" }));
    const { output } = await author.push("tide", "wait");
    const seen = crowd.seen.marks.get(mark);
    const rollout = await rolloutOf(platform);
    endings.push({
      stoppedS:
        rollout.state === "rolled_back" && seen ? (seen.lastAt - seen.firstAt) / 1000 : Infinity,
      failed: seen?.failed ?? 0,
      exposed: crowd.seen.usersByMark.get(mark)?.size ?? 0,
      said: output,
    });
  }
  const { failures } = await crowd.stop();
  const others = failures.filter(({ body }) => !body.includes("failed mark-")).length;
  const stoppedS = endings.map((ending) => ending.stoppedS);
  const failed = endings.map((ending) => ending.failed);
  return {
    name: "badchange",
    title: "A bad change",
    method:
      `A candidate that fails ${errorRatio * 100} % of its requests, default policy, ${perSecond} ` +
      `requests/s by ${users} users with cookies; ${count} such changes one after the other. Counted ` +
      "at the clients: from the first answer of the candidate to its last.",
    columns: ["what", "median", "worst", "bar"],
    rows: [
      row(
        "seconds from first exposure to stopped",
        stoppedS,
        judged(median(stoppedS) <= stopSecondsMax, `<= ${stopSecondsMax} s`),
      ),
      row(
        "requests failed",
        failed,
        judged(quantile(failed, 1) <= harmBudgetRequests, `<= ${harmBudgetRequests} (the budget)`),
      ),
      row(
        "users exposed",
        endings.map((ending) => ending.exposed),
        "",
      ),
    ],
    notes: [
      `${endings.filter((ending) => Number.isFinite(ending.stoppedS)).length} of ${count} were stopped.`,
      `Requests that failed for any other reason: ${others}.`,
    ],
  };
}

async function rolloutOf(platform: Platform): Promise<{ readonly state: string }> {
  // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- the API's own type
  return (await platform.api("GET", `/rollouts/${app}`)) as { readonly state: string };
}

function row(name: string, values: readonly number[], bar: string): readonly string[] {
  return [name, median(values).toFixed(1), Math.max(...values).toFixed(1), bar];
}
