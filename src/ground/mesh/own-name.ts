/** Which names a client may ask for: those directly beneath the domain. */
import { localHostOf, type PublicAddress } from "#domain";

export function isOwnName(name: string, address: Pick<PublicAddress, "domain">): boolean {
  return localHostOf(name.toLowerCase(), address) !== undefined;
}
