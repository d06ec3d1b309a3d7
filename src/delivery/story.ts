/**
 * A change's story as it happens: journal entries in people's words, and between them what its steps
 * print. One source for the push that is still open, for `change watch` and for the console.
 */
import type { ChangeId, ChangeLogLine } from "#domain";
import type { StoryEntry } from "./delivery.ts";
import type { DeliveryPorts } from "./ports.ts";
import { told } from "./told.ts";

export type StoryEvent =
  | ({ readonly kind: "entry" } & StoryEntry)
  | ({ readonly kind: "log" } & ChangeLogLine);

/** Log lines that wait to be read; a reader who is slower misses lines, never entries. */
const logLinesMax = 1_000;

/** Yields from the entry after `after` on, until `signal` aborts or the reader stops. */
export async function* story(
  { change: id, after }: { readonly change: ChangeId; readonly after: number },
  ports: DeliveryPorts,
  signal: AbortSignal,
): AsyncIterable<StoryEvent> {
  const over = new AbortController();
  const both = AbortSignal.any([signal, over.signal]);
  const waiting: StoryEvent[] = [];
  let wake = Promise.withResolvers<void>();
  let openSources = 2;
  let failure: unknown;
  const put = (event: StoryEvent): void => {
    if (event.kind === "entry" || waiting.length < logLinesMax) waiting.push(event);
    wake.resolve();
  };
  const run = async (source: () => Promise<void>): Promise<void> => {
    try {
      await source();
    } catch (error) {
      failure = error;
    }
    openSources -= 1;
    wake.resolve();
  };
  const sources = [
    run(async () => {
      for await (const entry of ports.store.follow({ after, change: id, signal: both })) {
        put({ kind: "entry", ...(await told(entry, ports)) });
      }
    }),
    run(async () => {
      for await (const line of ports.changeLogs.follow(id, both)) put({ kind: "log", ...line });
    }),
  ];
  try {
    for (;;) {
      const next = waiting.shift();
      if (next !== undefined) {
        yield next;
        continue;
      }
      if (failure !== undefined) throw failure;
      if (openSources === 0) return;
      await wake.promise;
      wake = Promise.withResolvers<void>();
    }
  } finally {
    over.abort();
    await Promise.all(sources);
  }
}
