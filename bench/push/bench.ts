/**
 * From `git push` to the first response of the new release, beside the bare floor.
 *
 * The two take turns, so that whatever else the machine does meets both. Client wall: the clock starts
 * before git does, and stops when an answer through the edge carries the new commit's mark.
 */
import { nodeApp, staticSite } from "../kit/apps.ts";
import { type Author, openAuthor } from "../kit/author.ts";
import { begin } from "../kit/begin.ts";
import { openPlatform, type Platform } from "../kit/platform.ts";
import type { Report } from "../kit/report.ts";
import { judged, median, quantile, spread } from "../kit/samples.ts";
import { firstAnswerWith, openVisitor, type Visitor } from "../kit/visitor.ts";
import { openBareFloor } from "./bare.ts";

const staticFiles = 1_000;
const bars = { nodeMsP50: 600, nodeMsP95: 1_200, floorRatio: 2.5, staticMs: 500, unchangedMs: 250 };

interface Series {
  readonly name: string;
  readonly firstMs: readonly number[];
}

export async function pushBench({ isQuick }: { readonly isQuick: boolean }): Promise<Report> {
  const count = isQuick ? 7 : 31;
  await using platform = await openPlatform();
  const node = await nodeSeries(platform, count);
  const unchanged = await unchangedSeries(platform, count);
  const site = await staticSeries(platform, count);
  const adaptive = await adaptiveSeries(platform, isQuick ? 3 : 11);
  const all = [...node, ...site, unchanged, adaptive];
  const of = (name: string): readonly number[] =>
    all.find((series) => series.name === name)?.firstMs ?? [];
  const ratio = median(of(names.node)) / median(of(names.nodeFloor));
  return {
    name: "push",
    title: "Push to first response",
    method:
      "Client wall from the start of `git push` over HTTP to the first answer of the new release " +
      "through the edge (looked for every 5 ms). Node app with a lockfile that does not change and " +
      "no build step; policy all-at-once but for the last row. The bare floor is `git push` to a bare " +
      "repository over the file transport, checkout, start, first 200, taking turns with it.",
    columns: ["what", "p50", "p95", "n", "bar"],
    rows: all.map(({ name, firstMs }) => [
      name,
      ...spread(firstMs),
      verdicts(name, firstMs, ratio),
    ]),
    notes: [
      `Node app / bare floor: ${ratio.toFixed(2)} at the median.`,
      "The adaptive row starts from the first look of a stream of 100 new users a second: it is when " +
        "the first of them meets the new release, which is the caution, not the machinery.",
    ],
  };
}

const names = {
  node: "Node app, lockfile unchanged",
  nodeFloor: "bare floor of it",
  nodeEnd: "Node app, until git push returns",
  site: `static site, ${staticFiles} files`,
  siteFloor: "bare floor of it (push and checkout)",
  unchanged: "nothing changed (same tree)",
  adaptive: "Node app, adaptive policy, first user",
};

function verdicts(name: string, valuesMs: readonly number[], ratio: number): string {
  const p50 = median(valuesMs);
  if (name === names.node) {
    return [
      judged(p50 <= bars.nodeMsP50, "p50 <= 0.6 s"),
      judged(quantile(valuesMs, 0.95) <= bars.nodeMsP95, "p95 <= 1.2 s"),
      judged(ratio <= bars.floorRatio, `<= 2.5x floor (${ratio.toFixed(2)}x)`),
    ].join("; ");
  }
  if (name === names.site) return judged(p50 <= bars.staticMs, "p50 <= 0.5 s");
  if (name === names.unchanged) return judged(p50 <= bars.unchangedMs, "p50 <= 0.25 s");
  return "";
}

async function nodeSeries(platform: Platform, count: number): Promise<readonly Series[]> {
  await using author = await openAuthor();
  await begin(platform, author, {
    app: "node",
    files: nodeApp({ mark: "mark-0" }),
    mark: "mark-0",
  });
  await using floor = await openBareFloor(author, true);
  using visitor = openVisitor("node.localhost", platform.edgePort);
  const ours: number[] = [];
  const ends: number[] = [];
  const bare: number[] = [];
  for (let round = 1; round <= count; round += 1) {
    const mark = `mark-${round}-`;
    await author.commit(`Change ${round}`, nodeApp({ mark }));
    const { firstMs, endMs } = await pushOnce(author, visitor, mark);
    ours.push(firstMs);
    ends.push(endMs);
    bare.push(await floor.deliverNode(mark));
  }
  return [
    { name: names.node, firstMs: ours },
    { name: names.nodeFloor, firstMs: bare },
    { name: names.nodeEnd, firstMs: ends },
  ];
}

async function staticSeries(platform: Platform, count: number): Promise<readonly Series[]> {
  await using author = await openAuthor();
  await begin(platform, author, {
    app: "site",
    files: staticSite("mark-0", staticFiles),
    mark: "mark-0",
  });
  await using floor = await openBareFloor(author, false);
  await floor.deliverStatic();
  using visitor = openVisitor("site.localhost", platform.edgePort);
  const ours: number[] = [];
  const bare: number[] = [];
  for (let round = 1; round <= count; round += 1) {
    const mark = `mark-${round}-`;
    await author.commit(`Change ${round}`, { "index.html": `<!doctype html><p>${mark}\n` });
    ours.push((await pushOnce(author, visitor, mark)).firstMs);
    bare.push(await floor.deliverStatic());
  }
  return [
    { name: names.site, firstMs: ours },
    { name: names.siteFloor, firstMs: bare },
  ];
}

async function unchangedSeries(platform: Platform, count: number): Promise<Series> {
  await using author = await openAuthor();
  await begin(platform, author, {
    app: "same",
    files: nodeApp({ mark: "mark-0" }),
    mark: "mark-0",
  });
  const firstMs: number[] = [];
  for (let round = 1; round <= count; round += 1) {
    await author.commit(`Nothing ${round}`);
    const { tookMs, output } = await author.push("tide");
    if (!/nothing to do: v\d+ runs this tree already/.test(output)) {
      throw new Error(`an unchanged push that does not say so:\n${output}`);
    }
    firstMs.push(tookMs);
  }
  return { name: names.unchanged, firstMs };
}

async function adaptiveSeries(platform: Platform, count: number): Promise<Series> {
  const firstMs: number[] = [];
  await using author = await openAuthor();
  await begin(platform, author, {
    app: "adaptive",
    files: nodeApp({ mark: "mark-0" }),
    mark: "mark-0",
  });
  using visitor = openVisitor("adaptive.localhost", platform.edgePort);
  const crowd = setInterval(() => void visitor.visit().catch(() => undefined), 10);
  try {
    for (let round = 1; round <= count; round += 1) {
      const mark = `mark-${round}-`;
      await author.commit(`Change ${round}`, nodeApp({ mark, manifest: "" }));
      firstMs.push((await pushOnce(author, visitor, mark)).firstMs);
      await platform.api("POST", "/rollouts/adaptive/promote", {}).catch(() => undefined);
    }
  } finally {
    clearInterval(crowd);
  }
  return { name: names.adaptive, firstMs };
}

async function pushOnce(
  author: Author,
  visitor: Visitor,
  mark: string,
): Promise<{ readonly firstMs: number; readonly endMs: number }> {
  const startedAt = performance.now();
  const pushing = author.push("tide");
  const firstMs = await firstAnswerWith(mark, visitor, { startedAt }).catch(
    async (cause: unknown) => {
      throw new Error((await pushing).output, { cause });
    },
  );
  const { tookMs, isAccepted, output } = await pushing;
  if (!isAccepted) throw new Error(output);
  if (process.env["BENCH_VERBOSE"] !== undefined) console.log(output);
  return { firstMs, endMs: tookMs };
}
