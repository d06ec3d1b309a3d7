/** Runs one edge as a process of its own: `edge-entry.ts DATA_DIR PORT`. Prints its port when it serves. */
import { setTimeout as delay } from "node:timers/promises";
import { runEdge } from "#ground/mesh";

const [, , dataDir = "", port = "0", name = "edge-0"] = process.argv;
const stop = new AbortController();
process.once("SIGTERM", () => stop.abort());
const quiet = () => undefined;

await runEdge({
  name,
  slot: 0,
  listenHost: "127.0.0.1",
  port: Number(port),
  dataDir,
  signal: stop.signal,
  log: { error: console.error, warn: console.error, info: quiet, debug: quiet },
  clock: {
    now: () => Date.now(),
    random: () => Math.random(),
    sleep: async (ms: number, signal: AbortSignal) => {
      await delay(ms, undefined, { signal }).catch(() => undefined);
    },
  },
  random: () => Math.random(),
  onReady: (address: { port: number }) => console.log(address.port),
});
