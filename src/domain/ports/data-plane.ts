/** The wire: puts a route table into effect and brings back what was counted. */
import type { EdgeInterval } from "../counts.ts";
import type { AppName, InstanceId } from "../ids.ts";
import type { CohortPass, Receipt, RouteTable, UserPlace } from "../routes.ts";

export interface Drained {
  /** Requests and sockets that were still open when the time was over. */
  readonly cut: number;
}

export interface DataPlane {
  readonly name: string;
  /**
   * Stores the table as the last-good one, tells every edge, and resolves when all that are up have it
   * in effect. A table older than the one in effect is answered with the newer one's receipt.
   */
  apply(table: RouteTable, signal: AbortSignal): Promise<Receipt>;
  /** Resolves when no edge has an open request or socket to these instances, or after `timeoutMs`. */
  drain(instances: readonly InstanceId[], timeoutMs: number): Promise<Drained>;
  /** Every interval of every edge, also those counted while nobody listened; at least once each. */
  intervals(signal: AbortSignal): AsyncIterable<EdgeInterval>;
  /** Intervals up to and including this one are stored: the edge may forget them. */
  acknowledge(interval: EdgeInterval): void;
  /** Edges that cannot be reached now: what they count is missing, and their silence says nothing. */
  missingEdges(): readonly string[];
  /** "http://shop.localhost:7480". */
  urlOf(host: string): string;
  /** A link at the app's own address that an edge answers: opened in a browser, it asks for that browser. */
  linkOf(pass: CohortPass): string;
  /**
   * Where the newest table leads a user with this key who sends nothing else, by the function that edges ask;
   * `undefined` when nothing serves the app. Where the edge's cookie tells users apart, the key is that cookie's
   * value, and anything else is `not_a_user`: an edge would give such a visitor a new cookie.
   */
  placeOf(app: AppName, userKey: string): UserPlace | "not_a_user" | undefined;
}
