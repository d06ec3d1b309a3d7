/**
 * A log of a million lines in the console, in a real browser: how long until it is read, how smoothly it scrolls,
 * and how long a search through all of it takes.
 */
import { mkdir, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { setTimeout as delay } from "node:timers/promises";
import { type Browser, chromium, type Page } from "playwright-core";
import { signedInAt } from "./console/window.ts";
import { nodeApp } from "./kit/apps.ts";
import { openAuthor } from "./kit/author.ts";
import { begin } from "./kit/begin.ts";
import { openPlatform, type Platform } from "./kit/platform.ts";
import type { Report } from "./kit/report.ts";
import { judged, milliseconds, quantile } from "./kit/samples.ts";

const app = "node";
const lines = 1_000_000;
const openMaxMs = 1_000;
const searchMaxMs = 1_000;
const framesPerSecondMin = 60;
/** A frame later than this was missed: a frame and a half at 60 in a second. */
const missedMs = 25;
const scrollMs = 4_000;
const last = `line ${lines} of a long log: GET /cart/total 200 in 12 ms`;

export async function consoleLogsBench({
  isQuick,
}: {
  readonly isQuick: boolean;
}): Promise<Report> {
  const rounds = isQuick ? 3 : 10;
  await using platform = await openPlatform();
  await using author = await openAuthor();
  await begin(platform, author, { app, files: nodeApp({ mark: "mark-0" }), mark: "mark-0" });
  const change = await newestChange(platform);
  await writeLog(platform, change);
  const browser = await chromium.launch({
    executablePath: process.env["CHROMIUM"] ?? "/usr/bin/chromium",
    args: process.getuid?.() === 0 ? ["--no-sandbox"] : [],
  });
  try {
    const { origin } = await signedInAt(browser, platform);
    const opened: number[] = [];
    const searched: number[] = [];
    const frames: number[] = [];
    for (let round = 0; round < rounds; round += 1) {
      const page = await visit(browser, platform);
      opened.push(await open(page, `${origin}/changes/${change}?log=build&line=${lines}`));
      searched.push(await search(page, round));
      frames.push(...(await scroll(page)));
      await page.context().close();
    }
    return report({ rounds, opened, searched, frames });
  } finally {
    await browser.close();
  }
}

interface Seen {
  readonly rounds: number;
  readonly opened: readonly number[];
  readonly searched: readonly number[];
  readonly frames: readonly number[];
}

function report({ rounds, opened, searched, frames }: Seen): Report {
  const missed = frames.filter((ms) => ms > missedMs).length / frames.length;
  const median = quantile(frames, 0.5);
  // Frames come at the screen's own pace: their median is 16.7 ms when none is missed.
  const isSmooth = Math.round(1000 / median) >= framesPerSecondMin && missed <= 0.05;
  return {
    name: "console-logs",
    title: "A log of a million lines in the console",
    method:
      `A build log of ${lines.toLocaleString("en-GB")} lines (60 bytes each) on the page of its change, in ` +
      `headless Chromium, ${rounds} times in a fresh window. *Opened*: from the address to the frame with its text, ` +
      "the whole page included. *Searched*: from the last letter to the one line that is found. *Scrolled*: " +
      `${scrollMs / 1000} s through all of it, the time between two frames.`,
    columns: ["what", "p50", "p95", "bar"],
    rows: [
      row("opened", opened, judged(quantile(opened, 0.95) <= openMaxMs, `<= ${openMaxMs} ms`)),
      row(
        "searched",
        searched,
        judged(quantile(searched, 0.95) <= searchMaxMs, `<= ${searchMaxMs} ms`),
      ),
      [
        "frame to frame while scrolling",
        `${median.toFixed(1)} ms`,
        `${quantile(frames, 0.95).toFixed(1)} ms`,
        judged(isSmooth, `${framesPerSecondMin} frames a second`),
      ],
      ["frames that were missed", `${(missed * 100).toFixed(1)} %`, "", ""],
    ],
    notes: [],
  };
}

function row(name: string, values: readonly number[], bar: string): readonly string[] {
  return [name, milliseconds(quantile(values, 0.5)), milliseconds(quantile(values, 0.95)), bar];
}

async function newestChange(platform: Platform): Promise<string> {
  // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- the contract's list of changes
  const { changes } = (await platform.api("GET", `/changes?app=${app}`)) as {
    readonly changes: readonly { readonly id: string }[];
  };
  return changes[0]?.id ?? "";
}

/** In the place of what the build printed: no build prints a million lines while one waits. */
async function writeLog({ dataDir }: Platform, change: string): Promise<void> {
  const directory = join(dataDir, "changes", change);
  await mkdir(directory, { recursive: true });
  const text = Array.from(
    { length: lines },
    (_, index) => `line ${index + 1} of a long log: GET /cart/total 200 in 12 ms\n`,
  );
  await writeFile(join(directory, "build.log"), text.join(""));
}

/** With nothing in its cache. */
async function visit(browser: Browser, platform: Platform): Promise<Page> {
  const { storageState } = await signedInAt(browser, platform);
  const viewport = { width: 1280, height: 900 };
  return await (await browser.newContext({ viewport, storageState })).newPage();
}

async function open(page: Page, address: string): Promise<number> {
  await page.addInitScript({ content: `${watching}; watchFor([${JSON.stringify(last)}]);` });
  const startedAt = Date.now();
  await page.goto(address, { waitUntil: "commit" });
  return (await shownAt(page)) - startedAt;
}

async function search(page: Page, round: number): Promise<number> {
  const line = 123_456 + round * 70_001;
  const box = page.getByRole("searchbox", { name: /^Search: Log of/ });
  await box.waitFor();
  await page.evaluate(`watchFor(["1 of 1 line", "line ${line} of a long log"])`);
  const startedAt = Date.now();
  await box.fill(`line ${line} of`);
  return (await shownAt(page)) - startedAt;
}

/**
 * The page itself sees when its log has all the texts, and the frame after it: who asks from outside asks
 * twice a second.
 */
const watching = `
  globalThis.watchFor = (texts) => {
    globalThis.shownAt = undefined;
    const observer = new MutationObserver(() => {
      const log = document.querySelector(".log")?.textContent ?? "";
      if (!texts.every((text) => log.includes(text))) return;
      observer.disconnect();
      requestAnimationFrame(() => { globalThis.shownAt = Date.now(); });
    });
    observer.observe(document, { subtree: true, childList: true, characterData: true });
  }`;
const shownTimeoutMs = 30_000;

/** When what is watched for was shown, in ms since the epoch. */
async function shownAt(page: Page): Promise<number> {
  const deadline = Date.now() + shownTimeoutMs;
  while (Date.now() < deadline) {
    const at: unknown = await page.evaluate("globalThis.shownAt");
    if (typeof at === "number") return at;
    await delay(20);
  }
  throw new Error("the log never showed it");
}

/** Times between frames in ms, while the log is scrolled from its beginning to its end. */
async function scroll(page: Page): Promise<readonly number[]> {
  const frames: unknown = await page.evaluate(`new Promise((resolve) => {
    const log = document.querySelector(".log-lines");
    const way = log.scrollHeight - log.clientHeight;
    const frames = [];
    let first, before;
    const step = (now) => {
      first ??= now;
      if (before !== undefined) frames.push(now - before);
      before = now;
      log.scrollTop = way * Math.min(1, (now - first) / ${scrollMs});
      if (now - first < ${scrollMs}) requestAnimationFrame(step);
      else resolve(frames);
    };
    requestAnimationFrame(step);
  })`);
  if (!Array.isArray(frames)) throw new Error("the log was not scrolled");
  return frames.map(Number);
}
