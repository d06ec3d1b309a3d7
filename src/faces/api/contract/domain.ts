/** Domains of an app's own on the wire. */
import { z } from "zod";
import type { Reach } from "#domain";
import type { Agree, AllAgree } from "./agreement.ts";

export const domain = z.object({
  host: z.string(),
  /** Where users reach the app by it. */
  url: z.string(),
  /** The name to which its DNS record has to lead; absent: this instance is open to its own machine only. */
  pointTo: z.string().optional(),
  /**
   * - `acme`: an authority is asked for one that names it. - `files`: the operator's has to cover it.
   * - `self_signed`: none covers it. Absent: this instance has no TLS.
   */
  certificate: z.enum(["acme", "files", "self_signed"]).optional(),
});

export const domainList = z.object({ domains: z.array(domain) });
export const domainHost = z.object({ host: z.string() });
export const addDomainRequest = z.strictObject({ host: z.string().max(300) });

export type DomainResource = z.output<typeof domain>;

export type DomainAgreement = AllAgree<
  [Agree<NonNullable<DomainResource["certificate"]>, Reach["certificate"]>]
>;
