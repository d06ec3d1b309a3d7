/** What was signed about an artifact: a document for each kind of statement. */
import type { Digest, Evidence } from "#domain";
import { provenanceType, testResultType } from "#delivery/assure";
import type { DeliveryPorts } from "./ports.ts";

export async function evidenceOf(
  artifact: Digest,
  { store }: Pick<DeliveryPorts, "store">,
): Promise<readonly Evidence[]> {
  const found = await Promise.all(
    [provenanceType, testResultType].map(
      async (type) => await store.get("evidence", `${artifact}:${type}`),
    ),
  );
  return found.flatMap((stored) => (stored === undefined ? [] : [stored.body]));
}
