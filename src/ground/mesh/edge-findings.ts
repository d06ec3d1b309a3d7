/** What `doctor` says about the edge: whether its port answers, and how many of its processes are up. */
import { connect } from "node:net";
import type { Finding } from "#domain";
import { limits } from "./limits.ts";

export interface EdgeFacts {
  readonly port: number;
  /** Whether somebody listens on it. */
  readonly isAnswered: boolean;
  readonly edges: readonly { readonly name: string; readonly isUp: boolean }[];
}

/** Judges the edge. Pure. */
export function judgeEdge({ port, isAnswered, edges }: EdgeFacts): Finding {
  const down = edges.filter(({ isUp }) => !isUp).map((edge) => edge.name);
  const up = `${edges.length - down.length} of ${edges.length} edge processes up`;
  const name = `port ${port}`;
  const log = "run/supervisor.log in the data directory";
  if (!isAnswered) {
    const next = `edges are started again by themselves; if it stays so: ${log}`;
    return { name, state: "bad", found: `the edge's, and nothing listens there; ${up}`, next };
  }
  const found = `the edge listens, for the apps; ${up}`;
  if (down.length === 0) return { name, state: "good", found };
  return {
    name,
    state: "fair",
    found,
    next: `${down.join(", ")} should be back soon; if not: ${log}`,
  };
}

/** Whether somebody listens on a port of this machine. */
export function knock(port: number): Promise<boolean> {
  const { promise, resolve } = Promise.withResolvers<boolean>();
  const socket = connect({ port, host: "127.0.0.1" });
  socket.setTimeout(limits.connectTimeoutMs, () => resolve(false));
  socket.once("connect", () => resolve(true)).once("error", () => resolve(false));
  return promise.finally(() => socket.destroy());
}
