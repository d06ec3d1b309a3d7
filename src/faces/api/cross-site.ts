/**
 * Whether a request may have been caused by another site. Asked of everything that a browser's session would
 * open, and of what begins one; a token, which browsers do not add by themselves, needs none of it.
 *
 * Three things are asked for. `Sec-Fetch-Site`, which browsers set and pages cannot: other apps under the same
 * domain are the same site, so only `same-origin` will do. `Origin` where that is missing. And for what changes
 * something a header of our own, which another origin could send only after asking leave that is never given.
 */
import type { IncomingHttpHeaders } from "node:http";

export const ownHeader = "tidegate-request";

export interface Caused {
  readonly method: string;
  readonly headers: IncomingHttpHeaders;
  readonly isSecure: boolean;
}

/** Gives why a request under a session is refused; nothing when our own pages made it. */
export function crossSiteFault(caused: Caused): string | undefined {
  const isReading = caused.method === "GET" || caused.method === "HEAD";
  const foreign = foreignFault(caused, isReading);
  if (foreign !== undefined) return foreign;
  if (isReading) return undefined;
  if (!hasSource(caused))
    return "it does not say which page made it: neither sec-fetch-site nor origin";
  return headerFault(caused);
}

/** The same for what begins a session: programs without a browser may do that too. */
export function beginningFault(caused: Caused): string | undefined {
  return foreignFault(caused, false) ?? headerFault(caused);
}

function headerFault({ headers }: Caused): string | undefined {
  return headers[ownHeader] === "1" ? undefined : `the header ${ownHeader} is missing; expected 1`;
}

function hasSource({ headers }: Caused): boolean {
  return headers["sec-fetch-site"] !== undefined || headers.origin !== undefined;
}

function foreignFault(caused: Caused, isReading: boolean): string | undefined {
  const { headers } = caused;
  const site = headers["sec-fetch-site"];
  // `none`: a person typed the address, or opened a bookmark.
  const isOwnSite = site === undefined || site === "same-origin" || (site === "none" && isReading);
  if (!isOwnSite) return `another site asked for it (sec-fetch-site: ${shown(site)})`;
  const { origin } = headers;
  if (origin === undefined || origin === ownOrigin(caused)) return undefined;
  return `another site asked for it (origin: ${shown(origin)})`;
}

/** As the browser sees us: by the Host it named, which was checked before. */
function ownOrigin({ headers, isSecure }: Caused): string | undefined {
  return URL.parse(`${isSecure ? "https" : "http"}://${headers.host ?? ""}`)?.origin;
}

function shown(value: string | readonly string[]): string {
  return String(value)
    .slice(0, 100)
    .replaceAll(/[^\x21-\x7e]/g, "?");
}
