/**
 * Digests. The one pure file that imports a Node built-in: hashing has no effect and no state,
 * and a hash of our own would be slower and worse.
 */
import { createHash } from "node:crypto";

/** Hex SHA-256 of UTF-8 text or bytes. */
export function sha256Hex(data: string | Uint8Array): string {
  return createHash("sha256").update(data).digest("hex");
}

/** SHA-256 in base64 without padding, as SSH shows the fingerprint of a key. */
export function sha256Base64(data: Uint8Array): string {
  return createHash("sha256").update(data).digest("base64").replaceAll("=", "");
}
