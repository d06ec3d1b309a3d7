/** Secrets that we give out: 256 random bits each, known to us afterwards by their hash alone. */
import { createHash, randomBytes, timingSafeEqual } from "node:crypto";

const secretBytes = 32;

/** `tgs_…` for a session, `tgl_…` for a link; the prefix lets scanners find one that leaked. */
export function newSecret(prefix: "tgs" | "tgl"): string {
  return `${prefix}_${randomBytes(secretBytes).toString("base64url")}`;
}

export function isSecret(prefix: "tgs" | "tgl", text: string): boolean {
  return (
    text.length === prefix.length + 44 && new RegExp(`^${prefix}_[A-Za-z0-9_-]{43}$`).test(text)
  );
}

/** The key under which what a secret opens is stored. The secret is as random as its hash. */
export function hashOf(secret: string): string {
  return createHash("sha256").update(secret).digest("hex");
}

/** An invitation's secret belongs to an invitation with a name of its own. */
export function newInvitationSecret(): string {
  return randomBytes(secretBytes).toString("base64url");
}

export function isSameHash(a: string, b: string): boolean {
  const [left, right] = [Buffer.from(a), Buffer.from(b)];
  return left.length === right.length && timingSafeEqual(left, right);
}

const alphabet = "0123456789abcdefghjkmnpqrstvwxyz";

/** What a credential is called in lists and in the journal; opens nothing. */
export function shortId(prefix: "ses" | "dev" | "pky" | "inv"): string {
  const digits = [...randomBytes(12)].map((byte) => alphabet[byte % 32] ?? "0");
  return `${prefix}_${digits.join("")}`;
}
