/** `tidegate change watch`: follows a change to its end; the exit code is that of its end. */
import { setTimeout as delay } from "node:timers/promises";
import type { ChangeResource } from "#faces/api/contract";
import type { Client } from "../client.ts";
import type { ExitCode } from "../exit-code.ts";
import { storyLinesShown, watchIntervalMs } from "../limits.ts";
import { type Live, openLive } from "../live.ts";
import { renderChange } from "../render/change.ts";
import type { Session } from "../session.ts";
import type { Screen } from "../terminal.ts";
import { endOf, fetchChange, idOf, isWaiting, settledChange } from "./change.ts";

const key = "GET /api/v1/changes/:change/events";

/** With what a rollout may begin to wait for a person: a question, or their own word. */
const waitTypes: readonly string[] = [
  "dev.tidegate.rollout.held",
  "dev.tidegate.rollout.commanded",
];

export async function watchChange(session: Session, named?: string): Promise<ExitCode> {
  const { terminal } = session;
  const client = await session.client();
  const id = await idOf(session, client, named);
  return terminal.screen === undefined || session.isJson
    ? watchAsLines(session, client, id)
    : watchOnScreen(session, { client: client.quiet, id, screen: terminal.screen });
}

/** In the words of the push output, a line for each thing that happens. */
async function watchAsLines(session: Session, client: Client, id: string): Promise<ExitCode> {
  const { terminal } = session;
  const tell = session.isJson ? terminal.narrate : terminal.result;
  const events = client.follow(key, { params: { change: id } }, { canResume: true });
  for await (const { entry, lines } of events) {
    for (const line of lines) tell(line);
    if (waitTypes.includes(entry.type) && isWaiting(await settledChange(client, id))) break;
  }
  const change = await fetchChange(client, id);
  if (session.isJson) session.show(change, () => "");
  return endOf(session, change);
}

interface Watching {
  readonly client: Client;
  readonly id: string;
  readonly screen: Screen;
}

/** The page of the change, painted over in place, with the newest of the story below it. */
async function watchOnScreen(session: Session, watching: Watching): Promise<ExitCode> {
  const { client, id, screen } = watching;
  const story: string[] = [];
  const news = newsOf(client, id, story);
  let change = await fetchChange(client, id);
  const live = openLive(screen);
  try {
    do {
      paint(session, { live, screen, change, story });
      await Promise.race([news.next(), delay(watchIntervalMs)]);
      change = await fetchChange(client, id);
    } while (!news.isOver());
    change = await fetchChange(client, id);
    live.clear();
  } finally {
    live.end();
  }
  await news.ended;
  // Whole, and no longer what happens to fit.
  session.terminal.result(renderChange(change, session.terminal.now(), session.terminal.paint));
  return endOf(session, change);
}

interface Painting {
  readonly live: Live;
  readonly screen: Screen;
  readonly change: ChangeResource;
  readonly story: readonly string[];
}

function paint({ terminal }: Session, { live, screen, change, story }: Painting): void {
  const canvas = { ...terminal.paint, columns: screen.columns() - 1 };
  const page = renderChange(change, terminal.now(), canvas).split("\n");
  const room = Math.min(storyLinesShown, screen.rows() - page.length - 3);
  const newest = room > 0 ? story.slice(-room) : [];
  live.paint(newest.length === 0 ? page : [...page, "", ...newest.map(canvas.dim)]);
}

interface News {
  /** Resolves with the next thing that happens, or with the end. */
  readonly next: () => Promise<void>;
  readonly isOver: () => boolean;
  /** Rejects with what broke it. */
  readonly ended: Promise<void>;
}

/** Follows the story. */
function newsOf(client: Client, id: string, story: string[]): News {
  const bell = { isOver: false, ring: (): void => undefined };
  const ended = follow(client, id, (lines) => {
    story.push(...lines);
    bell.ring();
  }).finally(() => {
    bell.isOver = true;
    bell.ring();
  });
  // Who watches hears of a failure at the end, and not as an accident in between.
  ended.catch(() => undefined);
  return {
    ended,
    isOver: () => bell.isOver,
    next: async () =>
      new Promise<void>((resolve) => {
        bell.ring = resolve;
        if (bell.isOver) resolve();
      }),
  };
}

async function follow(
  client: Client,
  id: string,
  tell: (lines: readonly string[]) => void,
): Promise<void> {
  const events = client.follow(key, { params: { change: id } }, { canResume: true });
  for await (const { entry, lines } of events) {
    tell(lines.flatMap((line) => line.split("\n")));
    if (waitTypes.includes(entry.type) && isWaiting(await settledChange(client, id))) break;
  }
}
