/** How it stands with a domain of an app's own, and what is left to do for it. Pure. */
import type { DomainResource } from "#faces/api/contract";
import type { Shown } from "../../ui/state.ts";

export interface DomainShown {
  readonly state: Shown;
  /** What the reader has to know or do: sentences. Absent: nothing is left to do. */
  readonly next?: string;
  /** When an authority is asked again. */
  readonly againAt?: number;
  /** What has to stand where the name is administered; absent: nothing, or it is proved that it does. */
  readonly record?: string;
}

export function domainShown(domain: DomainResource): DomainShown {
  const { host, pointTo, certificate, cover } = domain;
  const record = pointTo === undefined ? {} : { record: `${host}. CNAME ${pointTo}.` };
  if (certificate === undefined) {
    return {
      state: { word: "here only", mark: "dash", tone: "quiet" },
      next: "This Tidegate is open to its own machine only, and so is the name.",
    };
  }
  if (certificate === "self_signed") {
    return {
      state: { word: "self-signed", mark: "pause", tone: "wait" },
      next: "Browsers refuse the name until Tidegate is started with a certificate of an authority, or one of yours.",
      ...record,
    };
  }
  switch (cover?.kind) {
    case "covered":
      // An authority has been here by that name, so it leads here.
      return {
        state: { word: "ready", mark: "tick", tone: "good" },
        ...(certificate === "acme"
          ? {}
          : { next: "The certificate is for it; its DNS has to lead here.", ...record }),
      };
    case "awaited":
      return {
        state: { word: "waiting", mark: "turning", tone: "busy" },
        next: "Its certificate comes by itself, within ten minutes once the name leads here.",
        ...record,
      };
    case "refused":
      return {
        state: { word: "refused", mark: "cross", tone: "bad" },
        next: `The authority gave no certificate for it: ${cover.reason}.`,
        againAt: cover.againAt,
        ...record,
      };
    case "no_room":
      return {
        state: { word: "no room", mark: "pause", tone: "wait" },
        next: "No certificate is asked for it: one holds 100 names, the oldest apps' first. Remove a domain or an app that is not used, or start Tidegate with a certificate of yours.",
        ...record,
      };
    default:
      return {
        state: { word: "not covered", mark: "pause", tone: "wait" },
        next: "The certificate is not for it, and browsers refuse the name. Put one in its place that is; it is read within seconds.",
        ...record,
      };
  }
}
