/** Whether a name can be proved to those who come by it, or what stands in the way. Pure. */
import type { NameCover } from "#domain";
import { isFor } from "./check-certificate.ts";
import type { LeftOut } from "./left-out.ts";

export interface CoverFacts {
  /** In PEM; absent: none is served. */
  readonly served: string | undefined;
  /** Names that the authority refused. */
  readonly leftOut: readonly LeftOut[];
  /** Whether certificates come from an authority by themselves. */
  readonly isAcme: boolean;
}

export function coverOf(host: string, { served, leftOut, isAcme }: CoverFacts): NameCover {
  if (served !== undefined && isFor({ certificate: served }, host)) return { kind: "covered" };
  const refused = leftOut.find(({ name }) => name === host);
  if (refused !== undefined) {
    return { kind: "refused", reason: reasonFor(refused, leftOut), againAt: refused.againAt };
  }
  return { kind: isAcme ? "awaited" : "missing" };
}

/** A reason that names others may name those of other apps, which are not everybody's to know. */
function reasonFor({ name, reason }: LeftOut, leftOut: readonly LeftOut[]): string {
  const named = new Set(reason.toLowerCase().match(/[a-z0-9-]+(?:\.[a-z0-9-]+)+/g));
  const isOfOthers = leftOut.some((each) => each.name !== name && named.has(each.name));
  return isOfOthers ? "it does not lead here, as far as the authority can see" : reason;
}
