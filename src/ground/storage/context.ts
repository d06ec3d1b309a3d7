/** What every part of the store works with. */
import type { Kysely } from "kysely";
import type { Clock, Log } from "#domain";
import type { Tables } from "./schema.ts";
import type { Wake } from "./wake.ts";

export interface StoreContext {
  readonly db: Kysely<Tables>;
  readonly clock: Clock;
  readonly log: Log;
  /** Aborts when the store is closed: waiting and retrying end. */
  readonly signal: AbortSignal;
  /** Something was added to the journal. */
  readonly journal: Wake;
  /** Some work is due earlier than before. */
  readonly work: Wake;
}
