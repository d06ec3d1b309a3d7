/** The names by which apps are reached from elsewhere, for a certificate that names each. Pure. */
import type { App } from "./app.ts";
import { appUrl, type PublicAddress } from "./public-address.ts";
import { previewHostOf } from "./routes.ts";

/**
 * Host names without port, the most wanted first, because a certificate holds so many and no more: what users
 * come by, in the order in which the apps are given, then their domains, then where candidates are looked at.
 */
export function publicHosts(
  apps: readonly Pick<App, "name" | "domains">[],
  address: PublicAddress,
): readonly string[] {
  const outside = (host: string) => new URL(appUrl(host, address)).hostname;
  const own = apps.map(({ name }) => outside(`${name}.localhost`));
  const previews = apps.map(({ name }) => outside(previewHostOf(name)));
  // An app may be called like another one's preview.
  const domains = apps.flatMap((app) => app.domains ?? []);
  return [...new Set([...own, ...domains, ...previews])];
}
