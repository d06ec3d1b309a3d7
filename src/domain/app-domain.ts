/** A name of an app's own, such as www.shop.example, beside the one that the platform gives it. Pure. */
import { err, ok, type Result } from "#std";
import type { InvalidInput } from "./errors.ts";
import type { AppName } from "./ids.ts";
import { localHostOf, type PublicAddress } from "./public-address.ts";

/** Keeps a name for one app; its key is the host name. */
export interface AppDomain {
  readonly app: AppName;
}

/** How others than this machine's reach the platform. */
export interface Reach {
  readonly address: PublicAddress;
  /** Where its certificate comes from: an authority, asked by itself, this machine, or an operator's files. */
  readonly certificate: "acme" | "self_signed" | "files";
}

/** Whether a name can be proved to those who come by it. */
export type NameCover =
  /** The certificate that is served is for it. */
  | { readonly kind: "covered" }
  /** The authority is asked for one that is. */
  | { readonly kind: "awaited" }
  /** The authority said no, and is asked again at `againAt`. */
  | { readonly kind: "refused"; readonly reason: string; readonly againAt: number }
  /** None that is served is for it, and none is asked for: somebody has to bring one. */
  | { readonly kind: "missing" };

/** What one certificate has room for is shared by all apps. */
export const appDomainsMax = 20;

const label = "[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?";
const hostPattern = new RegExp(`^${label}(?:\\.${label})+$`);
const hostCharactersMax = 253;

/** Reads the host name of an app's own; what the platform itself names, under `address` or here, is none. */
export function parseAppDomain(
  text: string,
  address: Pick<PublicAddress, "domain"> | undefined,
): Result<string, InvalidInput> {
  const host = text.toLowerCase();
  const refused = (expected: string) =>
    err({ code: "invalid_input" as const, field: "host", expected, found: text.slice(0, 100) });
  if (host.length > hostCharactersMax || !hostPattern.test(host) || /\.\d+$/.test(host)) {
    return refused(
      "a whole name such as www.example.org: no address, no *, no port, in ASCII (xn--… for other letters)",
    );
  }
  if (host.endsWith(".localhost")) {
    return refused("a name that is not beneath .localhost, where this machine's own names are");
  }
  if (address !== undefined && localHostOf(host, address) !== undefined) {
    return refused(
      `a name that is not directly beneath ${address.domain}: those are the platform's own, one for each app`,
    );
  }
  return ok(host);
}
