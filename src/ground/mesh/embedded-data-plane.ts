/**
 * The `DataPlane` driver of the embedded edges: writes the last-good table, tells every edge, waits
 * for receipts, and merges what the edges count.
 */
import {
  appUrl,
  type Clock,
  type DataPlane,
  type Drained,
  type EdgeInterval,
  type Finding,
  type InstanceId,
  type Log,
  type PublicAddress,
  type Receipt,
  type RouteTable,
} from "#domain";
import { ControlLink } from "./control-link.ts";
import type { EdgeHealth } from "./control-protocol.ts";
import { judgeEdge, knock } from "./edge-findings.ts";
import {
  controlSocketPath,
  loadCookieSecret,
  loadTable,
  tablePath,
  writeAtomically,
} from "./files.ts";
import { IntervalQueue } from "./interval-queue.ts";
import { mePath } from "./passes.ts";
import { placeOf } from "./place-of.ts";
import { userKeys } from "./user-key.ts";

export interface EmbeddedDataPlaneOptions {
  readonly dataDir: string;
  /** Names of the edge processes, as given to `runEdge`. */
  readonly edges: readonly string[];
  readonly publicPort: number;
  /** How apps are known elsewhere, when they are. */
  readonly address?: PublicAddress | undefined;
  readonly log: Log;
  readonly clock: Clock;
}

export interface EmbeddedDataPlane extends DataPlane, AsyncDisposable {
  /** Version of the newest table; a new one must be higher to have an effect. */
  tableVersion(): number;
  edges(): readonly { readonly name: string; readonly isUp: boolean }[];
  /** Whether users reach the edges. */
  findings(): Promise<readonly Finding[]>;
  /** Absent when the edge is down or does not answer. */
  health(edge: string): Promise<EdgeHealth | undefined>;
}

/** Opens the driver; edges that are not up yet are found when they come. */
export async function embeddedDataPlane(
  options: EmbeddedDataPlaneOptions,
): Promise<EmbeddedDataPlane> {
  const { dataDir, clock, log } = options;
  let newest = await loadTable(dataDir);
  const keys = userKeys(await loadCookieSecret(dataDir));
  let writing: Promise<unknown> = Promise.resolve();
  const queue = new IntervalQueue();
  const links = options.edges.map(
    (edge) =>
      new ControlLink({
        edge,
        path: controlSocketPath(dataDir, edge),
        clock,
        log,
        table: () => newest,
        onInterval: (interval) => queue.put(interval),
      }),
  );

  /** On disk before any edge has it: an edge that restarts never goes back. */
  const keep = async (table: RouteTable): Promise<RouteTable> => {
    const write = async (): Promise<RouteTable> => {
      if (newest !== undefined && newest.version >= table.version) return newest;
      await writeAtomically(tablePath(dataDir), JSON.stringify(table));
      newest = table;
      return table;
    };
    // One at a time, in the order of the calls; one that failed does not stop the next.
    const written = writing.then(write, write);
    writing = written;
    return written;
  };

  const edges = () => links.map((link) => ({ name: link.edge, isUp: link.isUp }));

  return {
    name: "embedded",
    async apply(table: RouteTable, signal: AbortSignal): Promise<Receipt> {
      const kept = await keep(table);
      const waits = links.map(async (link) => {
        if (link.version < kept.version) link.sendTable(kept);
        return { edge: link.edge, isIn: await link.inEffect(kept.version, signal) };
      });
      const answers = await Promise.all(waits);
      const named = (isIn: boolean) => answers.filter((a) => a.isIn === isIn).map((a) => a.edge);
      return { version: kept.version, at: clock.now(), edges: named(true), missing: named(false) };
    },
    async drain(instances: readonly InstanceId[], timeoutMs: number): Promise<Drained> {
      const cuts = await Promise.all(links.map((link) => link.drain(instances, timeoutMs)));
      return { cut: cuts.reduce((sum, cut) => sum + cut, 0) };
    },
    intervals: (signal) => queue.iterate(signal),
    acknowledge(interval: EdgeInterval) {
      queue.acknowledge(interval);
      links.find((link) => link.edge === interval.edge)?.acknowledge(interval);
    },
    missingEdges: () => links.filter(({ isUp }) => !isUp).map(({ edge }) => edge),
    urlOf: (host) => urlOf(host, options),
    linkOf: (pass) =>
      `${urlOf(`${pass.app}.localhost`, options)}${mePath}?pass=${keys.passes.sign(pass)}`,
    placeOf: (app, userKey) => placeOf(newest, { app, userKey }, keys),
    tableVersion: () => newest?.version ?? 0,
    edges,
    findings: async () => [await publicPortFinding(options.publicPort, edges())],
    health: async (edge) => links.find((link) => link.edge === edge)?.health(),
    async [Symbol.asyncDispose]() {
      await Promise.all(links.map((link) => link.close()));
      await Promise.allSettled([writing]);
    },
  };
}

async function publicPortFinding(
  port: number,
  edges: ReturnType<EmbeddedDataPlane["edges"]>,
): Promise<Finding> {
  return judgeEdge({ port, isAnswered: await knock(port), edges });
}

function urlOf(
  host: string,
  { address, publicPort }: Pick<EmbeddedDataPlaneOptions, "address" | "publicPort">,
): string {
  if (address !== undefined) return appUrl(host, address);
  return publicPort === 80 ? `http://${host}` : `http://${host}:${publicPort}`;
}
