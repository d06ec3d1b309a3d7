/**
 * A token as text: `tgp_`, 256 random bits, and a checksum. The prefix lets scanners of secrets find one
 * that leaked; the checksum tells one that was cut off or mistyped from one that is not known here.
 */
import { assert, sha256Hex } from "#std";
import type { TokenId } from "./ids.ts";
import type { TokenReach } from "./people.ts";

const alphabet = "0123456789abcdefghjkmnpqrstvwxyz";
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

/** The first digits of a number in hex, 5 bits each. */
function base32(hex: string, digits: number): string {
  const bits = Array.from(hex, (digit) => Number.parseInt(digit, 16).toString(2).padStart(4, "0"));
  const all = bits.join("").padEnd(digits * 5, "0");
  return Array.from({ length: digits }, (_, index) => {
    const value = Number.parseInt(all.slice(index * 5, index * 5 + 5), 2);
    return alphabet[value] ?? "";
  }).join("");
}
