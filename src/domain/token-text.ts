/**
 * A token as text: `tgp_`, 256 random bits, and a checksum. The prefix lets scanners of secrets find one
 * that leaked; the checksum tells one that was cut off or mistyped from one that is not known here.
 */
import { assert, sha256Hex } from "#std";
import { base32 } from "./base32.ts";
import type { TokenId } from "./ids.ts";
import type { TokenReach } from "./people.ts";

const bodyDigits = 52; // of 5 bits: 32 bytes and a little
const checkDigits = 6; // one in a billion mistyped ones passes, and is then unknown
const bytesOfRandom = 32;

const prefixes = { all: "tgp", read: "tgr", push: "tgd" } as const satisfies Readonly<
  Record<TokenReach["kind"], string>
>;
const form = /^(tg[prd])_([0-9a-z]+)$/;

/** Makes the text from 32 random bytes. */
export function tokenText(reach: TokenReach["kind"], random: Uint8Array): string {
  assert(random.length === bytesOfRandom, "a token is made of 32 random bytes");
  const head = `${prefixes[reach]}_${base32(Buffer.from(random).toString("hex"), bodyDigits)}`;
  return `${head}${checkOf(head)}`;
}

/** - `whole`: may be one. - `broken`: was one, before it was cut or mistyped. - `none`: never was. */
export function tokenForm(text: string): "whole" | "broken" | "none" {
  const [, , digits = ""] = form.exec(text) ?? [];
  if (digits === "") return "none";
  const isLong = digits.length === bodyDigits + checkDigits;
  return isLong && text.endsWith(checkOf(text.slice(0, -checkDigits))) ? "whole" : "broken";
}

/** What a token is called: the beginning of its hash, from which nobody gets back to it. */
export function tokenIdOf(hash: string): TokenId {
  // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- a mint of this brand
  return `tok_${base32(hash, 12)}` as TokenId;
}

function checkOf(head: string): string {
  return base32(sha256Hex(head), checkDigits);
}
