/**
 * mesh: the wire between users and instances.
 *
 * Answers: which instance serves this request, and what came of it.
 * Leaves to others: who should be exposed and whether it hurts (rollout), what runs (platform),
 * keeping the counts (observe, storage).
 * Invariants: a table is replaced whole and an edge never goes back to an older one; a growing
 * exposure never moves a user back to the baseline; serving needs neither the control plane nor the
 * database; who comes from elsewhere comes over TLS, or is led there;
 * a failed first attempt is always counted; counts wait until they are acknowledged.
 * Read next: edge.ts, then exchange.ts; embedded-data-plane.ts for the server's side.
 */
export { runEdge, type RunEdgeOptions } from "./run-edge.ts";
export {
  embeddedDataPlane,
  type EmbeddedDataPlane,
  type EmbeddedDataPlaneOptions,
} from "./embedded-data-plane.ts";
export type { EdgeHealth } from "./control-protocol.ts";
export { serverSocketPath } from "./files.ts";
