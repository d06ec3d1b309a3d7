/** Picks loopback ports for instances. */
import { createServer } from "node:net";
import { pastPortsMax, portFirst, portLast } from "./limits.ts";

/**
 * Gives a port below the ephemeral range that nobody listens on and that is not in `taken`; undefined
 * when there is none. Starts anywhere, so that two platforms on one machine seldom meet.
 */
export async function freePort(
  taken: ReadonlySet<number>,
  random: () => number,
): Promise<number | undefined> {
  const count = portLast - portFirst + 1;
  const start = Math.floor(random() * count);
  for (let step = 0; step < count; step += 1) {
    const port = portFirst + ((start + step) % count);
    if (!taken.has(port) && (await canBind(port))) return port;
  }
  return undefined;
}

/** Notes the port of an instance that ended, and forgets the oldest of too many. */
export function keepPast(past: Set<number>, port: number | undefined): void {
  if (port === undefined) return;
  past.delete(port);
  past.add(port);
  const [oldest] = past;
  if (past.size > pastPortsMax && oldest !== undefined) past.delete(oldest);
}

function canBind(port: number): Promise<boolean> {
  return new Promise((done) => {
    const server = createServer()
      .once("error", () => done(false))
      .once("listening", () => server.close(() => done(true)));
    server.listen({ port, host: "127.0.0.1", exclusive: true });
  });
}
