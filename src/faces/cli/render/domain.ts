/** How it stands with the certificate of an app's own domain, in a few words. */
import type { DomainResource } from "#faces/api/contract";

export function coverWords({ certificate, cover }: DomainResource): string {
  if (certificate === undefined) return "none: plain http";
  if (certificate === "self_signed") return "self-signed: browsers refuse it";
  switch (cover?.kind) {
    case "covered":
      return "is for it";
    case "awaited":
      return "asked for by itself";
    case "refused": {
      const again = new Date(cover.againAt).toISOString().slice(0, 16);
      return `refused by the authority: ${cover.reason}; asked for again at ${again}Z`;
    }
    case "no_room":
      return "no room: one holds 100 names; remove a domain or an app that is not used";
    default:
      return "yours is not for it";
  }
}
