/** One worker's turn at one change: the lease, the hands, and the one way to write. */
import type { Artifact, Change, DocumentPut, NewEntry, Stored, WorkItem } from "#domain";
import type { KeptLease } from "./lease.ts";
import { foldChange } from "./pipeline.ts";
import type { DeliveryPorts } from "./ports.ts";

export interface Turn {
  readonly lease: Pick<KeptLease, "current" | "lose">;
  readonly ports: DeliveryPorts;
  /** Aborts when the server stops, the lease is lost, or the change was superseded. */
  readonly signal: AbortSignal;
}

export interface Writing {
  readonly entries: readonly NewEntry[];
  readonly documents?: readonly DocumentPut[];
  readonly enqueue?: readonly WorkItem[];
  /** Of other changes, that are written in the same transaction. */
  readonly besides?: readonly NewEntry[];
  /** What is written is all there is to do for now, or until then: the lease ends with it. */
  readonly finish?: "done" | { readonly againAt: number };
}

/** Writes entries and the change they add up to; `undefined` when somebody else wrote in between. */
export async function write(
  stored: Stored<Change>,
  { lease, ports }: Turn,
  { entries, documents = [], enqueue = [], besides = [], finish }: Writing,
): Promise<Stored<Change> | undefined> {
  const at = ports.clock.now();
  const body = entries.reduce((change, entry) => foldChange(change, entry, at), stored.body);
  const written = await ports.store.commit({
    entries: [...entries, ...besides],
    documents: [
      { kind: "change", id: stored.id, app: body.app, body, ifVersion: stored.version },
      ...documents,
    ],
    enqueue,
    lease: lease.current,
    ...(finish === undefined ? {} : { finish }),
  });
  const isOver = written.ok ? finish !== undefined : written.error.code === "fence_lost";
  if (isOver) lease.lose();
  return written.ok ? { id: stored.id, body, version: stored.version + 1 } : undefined;
}

export function by(change: Change, actor: string): Pick<NewEntry, "app" | "change" | "actor"> {
  return { app: change.app, change: change.id, actor };
}

export async function artifactOf(change: Change, { store }: DeliveryPorts): Promise<Artifact> {
  const stored =
    change.artifact === undefined ? undefined : await store.get("artifact", change.artifact);
  if (stored === undefined) throw new Error(`${change.id} has no artifact`);
  return stored.body;
}
