/**
 * What is spoken, and nothing older: elliptic-curve key exchange, ciphers that authenticate, SHA-2. Every OpenSSH
 * since 6.5 (2014) has all of it.
 */
import type { Algorithms } from "ssh2";

export const algorithms = {
  kex: [
    "curve25519-sha256",
    "curve25519-sha256@libssh.org",
    "ecdh-sha2-nistp256",
    "ecdh-sha2-nistp384",
    "ecdh-sha2-nistp521",
  ],
  serverHostKey: ["ssh-ed25519"],
  cipher: ["aes256-gcm@openssh.com", "aes128-gcm@openssh.com", "chacha20-poly1305@openssh.com"],
  // Only named: these ciphers vouch for themselves.
  hmac: ["hmac-sha2-256-etm@openssh.com", "hmac-sha2-512-etm@openssh.com"],
  // A pack is compressed already, and what a client could make us unpack is not bounded.
  compress: ["none"],
} satisfies Algorithms;

/** Whether a signature of this kind proves anything: RSA only with SHA-2. */
export function isSound(algorithm: string, hash: string | undefined): boolean {
  if (algorithm === "ssh-rsa") return hash === "sha256" || hash === "sha512";
  return /^(?:ssh-ed25519|ecdsa-sha2-nistp(?:256|384|521))$/.test(algorithm);
}
