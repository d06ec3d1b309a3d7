/** A name of an app's own, such as www.shop.example, beside the one that the platform gives it. Pure. */
import { err, ok, type Result } from "#std";
import type { InvalidInput } from "./errors.ts";
import type { AppName } from "./ids.ts";
import { consoleHost, localHostOf, type PublicAddress } from "./public-address.ts";

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
  /** The authority is asked for no more names: the certificate has as many as fit into one. */
  | { readonly kind: "no_room" }
  /** None that is served is for it, and none is asked for: somebody has to bring one. */
  | { readonly kind: "missing" };

/** What one certificate has room for is shared by all apps. */
export const appDomainsMax = 20;

const label = "[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?";
/** What ends in a number, `0x…` among them, browsers take for an address. */
const lastLabel = "(?=[a-z])" + label;
const hostPattern = new RegExp(`^(?:${label}\\.)+${lastLabel}$`);
const hostCharactersMax = 253;
const hostLabelsMax = 10;

/** Reads the host name of an app's own; what the platform itself names, under `address` or here, is none. */
export function parseAppDomain(
  text: string,
  address: Pick<PublicAddress, "domain"> | undefined,
): Result<string, InvalidInput> {
  const host = text.toLowerCase();
  const refused = (expected: string) =>
    err({ code: "invalid_input" as const, field: "host", expected, found: text.slice(0, 100) });
  const isLong = host.length > hostCharactersMax || host.split(".").length > hostLabelsMax;
  if (isLong || !hostPattern.test(host)) {
    return refused(
      `a whole name such as www.example.org, of up to ${hostLabelsMax} parts: no address, no *, no port, in ASCII (xn--… for other letters)`,
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
  if (address !== undefined && isBeneath(host, consoleHost(address))) {
    // A page there could set cookies for the console, and ask browsers for its passkeys.
    return refused(`a name that is not beneath ${consoleHost(address)}, where the console is`);
  }
  return ok(host);
}

/**
 * The names above a host: of `a.shop.example`, `shop.example`. Whoever has a page beneath a name can set cookies for
 * it, so an app's names are not for others to be beneath.
 */
export function hostsAbove(host: string): readonly string[] {
  const labels = host.split(".");
  return labels.slice(1, -1).map((_, index) => labels.slice(index + 1).join("."));
}

export function isBeneath(host: string, above: string): boolean {
  return host.endsWith(`.${above}`);
}
