/**
 * The names under which a Tidegate is reached from elsewhere. Inside, an app is `shop.localhost`, whatever the
 * domain is; the domain is put in its place where users come in, and where an address is shown.
 */
import { err, ok, type Result } from "#std";

export interface PublicAddress {
  /** "example.org", lower case: apps are beneath it, and the console. */
  readonly domain: string;
  /** Port of https. */
  readonly port: number;
}

/** The app name is reserved: no app can be where the console is. */
const consoleLabel = "tidegate";
const local = ".localhost";
const label = "[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?";
const domainPattern = new RegExp(`^${label}(?:\\.${label})+$`);
/** So that an app's name, of up to 63 characters, fits before it. */
const domainCharactersMax = 253 - 64;

/** Reads a domain; an error says what was expected. */
export function parseDomain(text: string): Result<string, string> {
  const domain = text.toLowerCase();
  if (domain.length > domainCharactersMax) {
    return err(`expected at most ${domainCharactersMax} characters`);
  }
  if (/^[a-z0-9-]+$/.test(domain)) {
    const within = domain === "localhost" ? "dev.localhost" : `${domain}.localhost`;
    return err(
      `expected a domain with a dot: no client accepts a certificate for *.${domain}; on this machine alone, ${within} will do`,
    );
  }
  if (!domainPattern.test(domain) || /^[\d.]+$/.test(domain)) {
    return err("expected a domain such as example.org, in ASCII (xn--… for other letters)");
  }
  return ok(domain);
}

/** "tidegate.example.org", where the API, git and the console are. */
export function consoleHost({ domain }: Pick<PublicAddress, "domain">): string {
  return `${consoleLabel}.${domain}`;
}

/** "https://tidegate.example.org", without a slash at the end; a port other than 443 is in it. */
export function consoleUrl(address: PublicAddress): string {
  return urlAt(consoleHost(address), address);
}

/** "ssh://git@tidegate.example.org:7422", before an app's name; port 22 is not said. */
export function sshUrl(host: string, port: number): string {
  return port === 22 ? `ssh://git@${host}` : `ssh://git@${host}:${port}`;
}

/** What `shop.localhost` is called outside: "https://shop.example.org"; an app's own domain is called the same. */
export function appUrl(host: string, address: PublicAddress): string {
  if (!host.endsWith(local)) return urlAt(host, address);
  return urlAt(`${host.slice(0, -local.length)}.${address.domain}`, address);
}

/**
 * What `shop.example.org` is called inside: `shop.localhost`. Nothing for a name that is not directly beneath
 * the domain.
 */
export function localHostOf(
  host: string,
  { domain }: Pick<PublicAddress, "domain">,
): string | undefined {
  const rest = host.length - domain.length - 1;
  if (rest <= 0 || !host.endsWith(domain) || host[rest] !== ".") return undefined;
  const name = host.slice(0, rest);
  return name.includes(".") ? undefined : `${name}${local}`;
}

function urlAt(host: string, { port }: PublicAddress): string {
  return port === 443 ? `https://${host}` : `https://${host}:${port}`;
}
