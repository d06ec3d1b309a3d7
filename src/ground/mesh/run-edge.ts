/**
 * The edge process's body: listens, serves by the last-good table, takes new tables and hands out
 * counts over its control socket, until `signal` aborts; then it finishes what is in flight.
 */
import type { Clock, Log } from "#domain";
import { ConsoleDoor } from "./console-door.ts";
import { openControlServer } from "./control-server.ts";
import { Edge } from "./edge.ts";
import { controlSocketPath, loadCookieSecret, loadTable } from "./files.ts";
import { limits } from "./limits.ts";
import { openListener } from "./listener.ts";
import { openPublicDoor, type PublicDoorOptions } from "./public-door.ts";
import { userKeys } from "./user-key.ts";

export interface RunEdgeOptions {
  /** `edge-0`; names the control socket, and the edge in receipts and counts. */
  readonly name: string;
  /** Which of the processes that share the port this is, from 0. */
  readonly slot: number;
  readonly listenHost: string;
  /** 0 takes any free port. */
  readonly port: number;
  readonly dataDir: string;
  readonly signal: AbortSignal;
  readonly log: Log;
  readonly clock: Clock;
  /** In [0, 1). */
  readonly random: () => number;
  /** Opens the edge to others than this machine's; absent: it stays on `listenHost`. */
  readonly publicDoor?: PublicDoorOptions | undefined;
  /** Called once the edge serves. */
  readonly onReady?: (address: { readonly port: number }) => void;
}

/** Runs one edge; resolves once it has stopped. Rejects when it cannot listen. */
export async function runEdge(options: RunEdgeOptions): Promise<void> {
  const { name, dataDir, log, clock, signal } = options;
  const boot = Math.floor(options.random() * 2 ** 52).toString(36);
  const keys = userKeys(await loadCookieSecret(dataDir));
  const edge = new Edge({
    name,
    boot,
    keys,
    now: () => clock.now(),
    random: options.random,
    onInterval: () => control.announce(),
    onPut: (put) => log.info("cohort.put", { edge: name, ...put }),
    elsewhere: options.publicDoor && {
      address: options.publicDoor.address,
      console: new ConsoleDoor(controlSocketPath(dataDir, "server"), log),
    },
  });
  const table = await loadTable(dataDir);
  if (table === undefined) log.info("edge.no_table", { edge: name });
  else edge.resume(table);

  const listener = openListener(edge, log);
  const control = await openControlServer(controlSocketPath(dataDir, name), {
    name,
    boot,
    intervals: edge.intervals,
    apply: (next) => edge.apply(next),
    drain: (instances, timeoutMs) => edge.drain(instances, timeoutMs),
    health: () => ({
      port: listener.port(),
      tableVersion: edge.tableVersion,
      connections: edge.connections,
      requestsInFlight: edge.requestsInFlight,
      memoryBytes: process.memoryUsage.rss(),
    }),
    tableVersion: () => edge.tableVersion,
    now: () => clock.now(),
  });
  const flushes = setInterval(() => edge.flush(), limits.intervalMs);
  const sweeps = setInterval(() => edge.sweep(), limits.sweepMs);
  try {
    await listener.listen({ host: options.listenHost, port: options.port });
    log.info("edge.listening", { edge: name, slot: options.slot, port: listener.port(), boot });
    const publicDoor = options.publicDoor && (await openPublicDoor(edge, options.publicDoor, log));
    options.onReady?.({ port: listener.port() });
    await aborted(signal);
    edge.isStopping = true;
    await Promise.all([listener.stop(), publicDoor?.stop()]);
  } finally {
    clearInterval(flushes);
    clearInterval(sweeps);
    edge.flush();
    edge.close();
    await control.close();
  }
  log.info("edge.stopped", { edge: name });
}

async function aborted(signal: AbortSignal): Promise<void> {
  if (signal.aborted) return;
  await new Promise<void>((resolve) => {
    signal.addEventListener("abort", () => resolve(), { once: true });
  });
}
