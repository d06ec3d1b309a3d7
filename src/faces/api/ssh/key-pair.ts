/** A new Ed25519 key pair in OpenSSH's format. */
import { AssertionFailed } from "#std";
import { parseSshPublicKey } from "#domain";

export interface KeyPair {
  readonly privateKey: string;
  readonly publicKey: string;
}

/** One in two hundred is not sound; ten in a row are not, once in 10 to the 23rd. */
const triesMax = 10;

/**
 * The library drops bytes that are zero at an edge of a key, and so gives one pair in two hundred that neither it
 * nor anybody else can read (ssh2 1.17): each is looked at before it is given away.
 */
export async function newKeyPair(comment: string): Promise<KeyPair> {
  const { default: ssh2 } = await import("ssh2");
  for (let tries = 0; tries < triesMax; tries += 1) {
    const made = ssh2.utils.generateKeyPairSync("ed25519", { comment });
    const isSound =
      !(ssh2.utils.parseKey(made.private) instanceof Error) && parseSshPublicKey(made.public).ok;
    if (isSound) return { privateKey: made.private, publicKey: made.public };
  }
  throw new AssertionFailed("the library makes keys that can be read");
}
