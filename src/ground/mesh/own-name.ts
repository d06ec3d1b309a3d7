/** What a name from elsewhere is called in the table of routes. */
import { localHostOf, type PublicAddress } from "#domain";

/**
 * Directly beneath the domain, `shop.example.org` is `shop.localhost`. Every other name stands for itself, as apps'
 * own domains do; but nobody elsewhere may use the names of this machine.
 */
export function tableNameOf(
  host: string,
  address: Pick<PublicAddress, "domain">,
): string | undefined {
  return localHostOf(host, address) ?? (host.endsWith(".localhost") ? undefined : host);
}
