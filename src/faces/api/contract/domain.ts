/** Domains of an app's own on the wire. */
import { z } from "zod";
import type { NameCover, Reach } from "#domain";
import type { Agree, AllAgree } from "./agreement.ts";

const nameCover = z.discriminatedUnion("kind", [
  z.object({ kind: z.literal("covered") }),
  z.object({ kind: z.literal("awaited") }),
  z.object({ kind: z.literal("refused"), reason: z.string(), againAt: z.number() }),
  z.object({ kind: z.literal("no_room") }),
  z.object({ kind: z.literal("missing") }),
]);

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
  /**
   * Whether it is for this name by now. - `covered`: it is. - `awaited`: an authority is asked for one that is.
   * - `refused`: the authority said no. - `no_room`: the certificate has as many names as fit into one, and this
   * is not one of them. - `missing`: it is not, and the operator has to bring one.
   * Absent: this instance has no TLS.
   */
  cover: nameCover.optional(),
});

export const domainList = z.object({ domains: z.array(domain) });
export const domainHost = z.object({ host: z.string() });
export const addDomainRequest = z.strictObject({ host: z.string().max(300) });

export type DomainResource = z.output<typeof domain>;

export type DomainAgreement = AllAgree<
  [
    Agree<NonNullable<DomainResource["certificate"]>, Reach["certificate"]>,
    Agree<NonNullable<DomainResource["cover"]>, NameCover>,
  ]
>;
