/** Whether a sign-in is too long ago to give anybody a way in. Pure. */
import type { WhoAmIResource } from "#faces/api/contract";

/** Who came with a token has no browser that could have been left open. */
export function isStale(who: WhoAmIResource | undefined): boolean {
  return who?.session !== undefined && who.freshUntilAt === undefined;
}
