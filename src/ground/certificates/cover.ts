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
  /** Names that an authority is asked for, when no more fit into one certificate; absent: there is room. */
  readonly full?: ReadonlySet<string> | undefined;
}

export function coverOf(host: string, { served, leftOut, isAcme, full }: CoverFacts): NameCover {
  if (served !== undefined && isFor({ certificate: served }, host)) return { kind: "covered" };
  const refused = leftOut.find(({ name }) => name === host);
  if (refused !== undefined) {
    return { kind: "refused", reason: reasonFor(refused, leftOut), againAt: refused.againAt };
  }
  if (isAcme && full?.has(host) === false) return { kind: "no_room" };
  return { kind: isAcme ? "awaited" : "missing" };
}

/** A reason that names others may name those of other apps, which are not everybody's to know. */
function reasonFor({ name, reason }: LeftOut, leftOut: readonly LeftOut[]): string {
  const named = new Set(reason.toLowerCase().match(/[a-z0-9-]+(?:\.[a-z0-9-]+)+/g));
  const isOfOthers = leftOut.some((each) => each.name !== name && named.has(each.name));
  return isOfOthers ? "it does not lead here, as far as the authority can see" : reason;
}
