/**
 * Server-Sent Events over one response: heartbeats while nothing happens, a bound on how long it lives
 * and on how long the other side may take nothing. Ending it is always safe: the client comes back with
 * the last id it saw.
 */
import { once } from "node:events";
import type { ServerResponse } from "node:http";
import type { Clock } from "#domain";
import { heartbeatMs, streamCheckMs, streamMsMax, streamStallMsMax } from "./limits.ts";

export type StreamEvent = NamedEvent | RenderedEvents;

export interface NamedEvent {
  /** What the client sends back as Last-Event-ID. */
  readonly id?: number;
  readonly name: string;
  readonly data: unknown;
}

/** Events that were rendered before, once for all who get them. */
export interface RenderedEvents {
  readonly text: string;
}

export interface EventStreamOptions {
  readonly response: ServerResponse;
  readonly headers: Readonly<Record<string, string>>;
  readonly clock: Clock;
  /** Aborts when the server closes. */
  readonly signal: AbortSignal;
  /** Whether whoever listens may still do so: a stream outlives sessions and tokens. */
  readonly isStillAllowed: () => Promise<boolean>;
  readonly events: (signal: AbortSignal) => AsyncIterable<StreamEvent>;
}

const clientRetryMs = 500;

/** Sends the events; resolves when they, the client, the time or the server have come to an end. */
export async function sendEvents(options: EventStreamOptions): Promise<void> {
  const { response, clock } = options;
  const ended = new AbortController();
  const signal = AbortSignal.any([options.signal, ended.signal]);
  response.once("close", () => ended.abort());
  response.writeHead(200, {
    ...options.headers,
    "content-type": "text/event-stream; charset=utf-8",
    "x-accel-buffering": "no",
  });
  response.write(`retry: ${clientRetryMs}\n\n`);
  const chores = [
    heartbeat(response, clock, signal),
    deadline(clock, ended, signal),
    endWhenNotAllowed(options, ended, signal),
  ];
  try {
    for await (const event of options.events(signal)) {
      if (signal.aborted) break;
      const text = "text" in event ? event.text : renderEvent(event);
      await write(response, text, { clock, signal });
    }
    // Only events that came to their own end are announced as ended; everything else is resumed.
    if (!signal.aborted) response.write(renderEvent({ name: "end", data: {} }));
  } finally {
    ended.abort();
    await Promise.all(chores);
    response.end();
  }
}

/** JSON has no raw line breaks, so one data line is enough. */
export function renderEvent(event: NamedEvent): string {
  const id = event.id === undefined ? "" : `id: ${event.id}\n`;
  return `${id}event: ${event.name}\ndata: ${JSON.stringify(event.data)}\n\n`;
}

async function heartbeat(response: ServerResponse, clock: Clock, signal: AbortSignal) {
  while (!signal.aborted) {
    await clock.sleep(heartbeatMs, signal);
    if (!signal.aborted && !response.writableNeedDrain) response.write(": alive\n\n");
  }
}

async function deadline(clock: Clock, ended: AbortController, signal: AbortSignal) {
  await clock.sleep(streamMsMax, signal);
  ended.abort();
}

/** It is cut off like a lost connection: whoever comes back is told why it is over. */
async function endWhenNotAllowed(
  { clock, isStillAllowed }: EventStreamOptions,
  ended: AbortController,
  signal: AbortSignal,
): Promise<void> {
  while (!signal.aborted) {
    await clock.sleep(streamCheckMs, signal);
    // While that cannot be found out, nobody is cut off for it.
    if (!signal.aborted && !(await isStillAllowed().catch(() => true))) ended.abort();
  }
}

async function write(
  response: ServerResponse,
  text: string,
  { clock, signal }: { readonly clock: Clock; readonly signal: AbortSignal },
): Promise<void> {
  if (response.write(text)) return;
  const drained = new AbortController();
  const either = AbortSignal.any([signal, drained.signal]);
  // `once` rejects when the stream ends first; then there is nothing left to wait for.
  const drain = once(response, "drain", { signal: either }).then(
    () => true,
    () => false,
  );
  const stall = clock.sleep(streamStallMsMax, either).then(() => false);
  const isDrained = await Promise.race([drain, stall]);
  drained.abort();
  if (!isDrained && !signal.aborted) response.destroy();
}
