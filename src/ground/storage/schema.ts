/** The tables as Kysely sees them. What they are for is told where they are made: migrations.ts. */
import type { ColumnType, Generated } from "kysely";

/** `json`, not `jsonb`: it keeps every string a program may print, also NUL and lone surrogates. */
type JsonText = ColumnType<unknown, string, string>;

export interface Tables {
  readonly journal_head: { seq: number; hash: string };
  readonly journal: {
    seq: number;
    at: number;
    type: string;
    app: string | null;
    change: string | null;
    actor: string;
    by: ColumnType<unknown, string | null, string | null>;
    data: JsonText;
    previous_hash: string;
    hash: string;
  };
  readonly batch: { id: string; at: number; first_seq: number; entry_count: number };
  readonly document: {
    kind: string;
    id: string;
    app: string | null;
    body: JsonText;
    version: number;
    created: Generated<number>;
    owner: string | null;
    forget_at: number | null;
  };
  readonly work: {
    kind: string;
    key: string;
    app: string | null;
    due_at: number;
    fence: Generated<number>;
    worker: string | null;
    lease_until: number | null;
    again_at: number | null;
    attempt: Generated<number>;
  };
  readonly edge_interval: { edge: string; boot: string; seq: number; recorded_at: number };
  readonly rollout_counts: {
    rollout: string;
    app: string;
    intervals: Generated<number>;
    users: Generated<number>;
    told_at: number;
  };
  readonly rollout_user: { rollout: string; hash: string; is_harmed: Generated<boolean> };
  readonly interval_counts: {
    rollout: string;
    index: number;
    edge: string;
    boot: string;
    seq: number;
    body: JsonText;
  };
  readonly failed_request: {
    id: Generated<number>;
    rollout: string;
    at: number;
    body: JsonText;
  };
  readonly app_served: {
    app: string;
    span: "day" | "minutes";
    slot: number;
    requests: number;
    errors: number;
  };
  readonly app_traffic: { app: string; second: number; requests: number; errors: number };
}
