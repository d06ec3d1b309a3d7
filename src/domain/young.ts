/** What is slow soon after its start may be slow only then: no fault of the change, and there is a remedy. */

/** Caches, compilers and pools are cold for some minutes after a start. */
const youngMs = 5 * 60_000;

/** What the remedy is, for one that was taken away as slow while it was young; nothing of others. */
export function youngHint(ended: {
  /** The guardrail that decided. */
  readonly guardrail?: string | undefined;
  readonly exposedMs: number;
  /** What it was compared with. */
  readonly baseline?: "running" | "fresh" | undefined;
}): string | undefined {
  const { guardrail, exposedMs, baseline } = ended;
  if (guardrail !== "latency" || exposedMs >= youngMs || baseline === "fresh") return undefined;
  return (
    "slow only after its start? `rollout: { baseline: fresh }` in tidegate.yaml compares it with " +
    "instances of the live release that are as young"
  );
}
