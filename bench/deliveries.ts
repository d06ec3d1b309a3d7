/** Delivery after delivery under load: nobody's request fails, nobody's socket is dropped early. */
import { randomBytes } from "node:crypto";
import { connect, type Socket } from "node:net";
import { once } from "node:events";
import { nodeApp } from "./kit/apps.ts";
import { openAuthor } from "./kit/author.ts";
import { begin } from "./kit/begin.ts";
import { openCrowd } from "./kit/crowd.ts";
import { openPlatform } from "./kit/platform.ts";
import type { Report } from "./kit/report.ts";
import { judged, milliseconds, quantile } from "./kit/samples.ts";

const app = "node";
const perSecond = 200;
const users = 50;
/** What the edge gives an upgraded connection whose instance is leaving, at the least. */
const drainTimeoutMs = 30_000;

export async function deliveriesBench({ isQuick }: { readonly isQuick: boolean }): Promise<Report> {
  const count = isQuick ? 8 : 50;
  await using platform = await openPlatform();
  await using author = await openAuthor();
  await begin(platform, author, { app, files: nodeApp({ mark: "mark-0-" }), mark: "mark-0-" });
  const host = `${app}.localhost`;
  const crowd = openCrowd({ host, port: platform.edgePort, users, perSecond });
  const sockets: OpenSocket[] = [];
  const tookMs: number[] = [];
  for (let round = 1; round <= count; round += 1) {
    // One on every release: each is drained once.
    sockets.push(await openSocket(host, platform.edgePort));
    await author.commit(`Change ${round}`, nodeApp({ mark: `mark-${round}-` }));
    const { isAccepted, output, tookMs: took } = await author.push("tide", "wait");
    if (!isAccepted) throw new Error(output);
    tookMs.push(took);
  }
  const seen = await crowd.stop();
  const dropped = sockets.filter(
    ({ endedAt, openedAt }) =>
      endedAt() !== undefined && (endedAt() ?? 0) - openedAt < drainTimeoutMs,
  );
  for (const { socket } of sockets) socket.destroy();
  const kinds = Map.groupBy(seen.failures, ({ why }) => why);
  const why = [...kinds].map(([kind, all]) => `${kind} x ${all.length}`).join(", ");
  return {
    name: "deliveries",
    title: "Consecutive deliveries under load",
    method:
      `${count} deliveries one after the other (\`git push -o wait\`, policy all-at-once) under ` +
      `${perSecond} requests/s by ${users} users with keep-alive connections. Before each, a ` +
      "WebSocket is opened and kept open, so that each release is drained with one on it.",
    columns: ["what", "value", "bar"],
    rows: [
      ["deliveries, all let in", String(count), ""],
      ["requests", String(seen.requests), ""],
      ["failed requests", String(seen.failures.length), judged(seen.failures.length === 0, "0")],
      ["releases that answered", String(seen.marks.size), ""],
      ["WebSockets opened", String(sockets.length), ""],
      [
        "dropped before the drain time-out",
        String(dropped.length),
        judged(dropped.length === 0, "0"),
      ],
      ["request latency p50 / p99", latencies(seen.latencyMs), ""],
      [
        "delivery p50 / p95",
        `${milliseconds(quantile(tookMs, 0.5))} / ${milliseconds(quantile(tookMs, 0.95))}`,
        "",
      ],
    ],
    notes: [
      ...(why === "" ? [] : [`Failures: ${why}.`]),
      ...(seen.late === 0 ? [] : [`${seen.late} requests were due while every user still waited.`]),
    ],
  };
}

function latencies(values: readonly number[]): string {
  return `${quantile(values, 0.5).toFixed(1)} / ${quantile(values, 0.99).toFixed(1)} ms`;
}

interface OpenSocket {
  readonly socket: Socket;
  readonly openedAt: number;
  /** When the other side ended it; `undefined` while it is open. */
  readonly endedAt: () => number | undefined;
}

async function openSocket(host: string, port: number): Promise<OpenSocket> {
  const socket = connect({ host: "127.0.0.1", port });
  await once(socket, "connect");
  const key = randomBytes(16).toString("base64");
  socket.write(
    `GET /socket HTTP/1.1\r\nHost: ${host}\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n` +
      `Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: ${key}\r\n\r\n`,
  );
  const [first] = await once(socket, "data");
  if (!String(first).startsWith("HTTP/1.1 101")) throw new Error(`no WebSocket: ${String(first)}`);
  let endedAt: number | undefined;
  const ended = (): void => {
    endedAt ??= performance.now();
  };
  socket.on("error", ended).on("end", ended).on("close", ended).resume();
  return { socket, openedAt: performance.now(), endedAt: () => endedAt };
}
