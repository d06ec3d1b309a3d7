/**
 * The key that signs what this installation says: P-256, made on first use, kept in one file that only
 * its owner can read. The private part is in a closure: nothing that gets a Signer can give it away.
 */
import { createHash, createPrivateKey, createPublicKey, generateKeyPair } from "node:crypto";
import { randomUUID, sign, type KeyObject } from "node:crypto";
import { chmod, link, mkdir, open, readFile, rename, rm, stat } from "node:fs/promises";
import { dirname, join } from "node:path";
import { promisify } from "node:util";
import type { Problem } from "#domain";
import { err, ok, type Result } from "#std";

export interface Signer {
  /** Base64 SHA-256 of the public key (SPKI DER): the hint by which a bundle names its key. */
  readonly keyId: string;
  /** PEM, for whoever verifies; also in `publicKeyFile`. */
  readonly publicKey: string;
  readonly publicKeyFile: string;
  /** ECDSA over SHA-256, DER-encoded. */
  sign(data: Uint8Array): Uint8Array;
}

const privateKeyName = "evidence-key.pem";
const publicKeyName = "evidence-key.pub";

/**
 * Opens the key under `<dataDir>/keys`, making it on first use; of several processes that start at
 * once, one makes it and all use it. Refuses a key that others can read and one that is not P-256.
 */
export async function openSigner(input: {
  readonly dataDir: string;
}): Promise<Result<Signer, Problem>> {
  const directory = join(input.dataDir, "keys");
  const privateKeyFile = join(directory, privateKeyName);
  const publicKeyFile = join(directory, publicKeyName);
  try {
    await mkdir(directory, { recursive: true, mode: 0o700 });
    const pem = (await readKey(privateKeyFile)) ?? (await makeKey(privateKeyFile));
    const { mode } = await stat(privateKeyFile);
    if ((mode & 0o077) !== 0) return err(readableByOthers(privateKeyFile, mode));
    const privateKey = createPrivateKey(pem);
    if (privateKey.asymmetricKeyDetails?.namedCurve !== "prime256v1") {
      return err(unusable(privateKeyFile, "it is not a P-256 key"));
    }
    const signer = signerOf(privateKey, publicKeyFile);
    if ((await readKey(publicKeyFile)) !== signer.publicKey) {
      await writeWhole(publicKeyFile, signer.publicKey, 0o644);
    }
    return ok(signer);
  } catch (error) {
    // File system and key format: an operator can act on both, and neither can be retried blindly.
    return err(unusable(privateKeyFile, error instanceof Error ? error.message : String(error)));
  }
}

/** The id by which bundles name a public key; the form cosign uses. */
export function keyIdOf(publicKey: KeyObject): string {
  const der = publicKey.export({ type: "spki", format: "der" });
  return createHash("sha256").update(der).digest("base64");
}

function signerOf(privateKey: KeyObject, publicKeyFile: string): Signer {
  const publicKey = createPublicKey(privateKey);
  return {
    keyId: keyIdOf(publicKey),
    publicKey: publicKey.export({ type: "spki", format: "pem" }).toString(),
    publicKeyFile,
    sign: (data) => sign("sha256", data, privateKey),
  };
}

async function readKey(file: string): Promise<string | undefined> {
  try {
    return await readFile(file, "utf8");
  } catch (error) {
    if (isCode(error, "ENOENT")) return undefined;
    throw error;
  }
}

/** Makes the key and gives the one that is in place: ours, or that of whoever was first. */
async function makeKey(file: string): Promise<string> {
  const { privateKey } = await promisify(generateKeyPair)("ec", { namedCurve: "P-256" });
  const pem = privateKey.export({ type: "pkcs8", format: "pem" }).toString();
  const draft = await writeDraft(file, pem, 0o600);
  try {
    // A link is made or refused in one step; a rename would replace a key that already signed.
    await link(draft, file);
  } catch (error) {
    if (!isCode(error, "EEXIST")) throw error;
  } finally {
    await rm(draft, { force: true });
  }
  await syncDirectory(dirname(file));
  return readFile(file, "utf8");
}

async function writeWhole(file: string, text: string, mode: number): Promise<void> {
  await rename(await writeDraft(file, text, mode), file);
  await syncDirectory(dirname(file));
}

async function writeDraft(file: string, text: string, mode: number): Promise<string> {
  const draft = `${file}.${randomUUID()}.draft`;
  const handle = await open(draft, "wx", mode);
  try {
    await handle.writeFile(text);
    await handle.sync();
  } finally {
    await handle.close();
  }
  await chmod(draft, mode); // the umask may have taken bits of a public key's mode away
  return draft;
}

async function syncDirectory(directory: string): Promise<void> {
  const handle = await open(directory, "r");
  try {
    await handle.sync();
  } finally {
    await handle.close();
  }
}

function isCode(error: unknown, code: string): boolean {
  return error instanceof Error && "code" in error && error.code === code;
}

function readableByOthers(file: string, mode: number): Problem {
  return {
    code: "evidence_key_exposed",
    message: `the evidence key can be read by others (mode ${(mode & 0o777).toString(8)}, expected 600)`,
    where: file,
    next: `run: chmod 600 ${file}; if others may have read it, remove it and a new one is made`,
  };
}

function unusable(file: string, reason: string): Problem {
  return {
    code: "evidence_key_unusable",
    message: `the evidence key cannot be used: ${reason}`,
    where: file,
    next: "make the file readable to this user, or remove it so that a new key is made",
  };
}
