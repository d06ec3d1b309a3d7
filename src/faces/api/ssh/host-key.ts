/** By what clients know this instance again: an Ed25519 key, made once, whose private half only we read. */
import { chmod, mkdir, readFile, rename, stat, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { assert } from "#std";
import { fingerprintOf, parseSshPublicKey } from "#domain";

export interface HostKey {
  /** In OpenSSH's own format. */
  readonly privateKey: string;
  /** `SHA256:…`, as clients show it when they first meet us. */
  readonly fingerprint: string;
}

/**
 * Opens the one in the data directory, or makes it. A file that others can read is made private; one that does
 * not hold the key that its public half says is an assertion: it was edited.
 */
export async function openHostKey(dataDir: string): Promise<HostKey> {
  const directory = join(dataDir, "ssh");
  const file = join(directory, "host_ed25519");
  await mkdir(directory, { recursive: true, mode: 0o700 });
  const privateKey = (await read(file)) ?? (await make(file));
  if (((await stat(file)).mode & 0o077) !== 0) await chmod(file, 0o600);
  const parsed = parseSshPublicKey((await read(`${file}.pub`)) ?? "");
  assert(
    parsed.ok && bytesOf(privateKey).includes(Buffer.from(parsed.value.blob)),
    `${file} and ${file}.pub hold no key; remove both to get a new one, which every client will ask about`,
  );
  return { privateKey, fingerprint: fingerprintOf(parsed.value.blob) };
}

async function read(file: string): Promise<string | undefined> {
  return await readFile(file, "utf8").catch((error: NodeJS.ErrnoException) => {
    if (error.code === "ENOENT") return undefined;
    throw error;
  });
}

/** OpenSSH's own format has the public half in it as it is. */
function bytesOf(privateKey: string): Buffer {
  const [, base64 = ""] =
    /^-----BEGIN OPENSSH PRIVATE KEY-----\s([\w+/=\s]+)-----END/.exec(privateKey) ?? [];
  return Buffer.from(base64, "base64");
}

/** Written beside and put in place whole: a crash leaves no key rather than half of one. */
async function make(file: string): Promise<string> {
  const { default: ssh2 } = await import("ssh2");
  const { private: privateKey, public: publicKey } = ssh2.utils.generateKeyPairSync("ed25519", {
    comment: "tidegate",
  });
  await writeFile(`${file}.pub`, `${publicKey}\n`, { mode: 0o644, flush: true });
  await writeFile(`${file}.new`, privateKey, { mode: 0o600, flush: true });
  await rename(`${file}.new`, file);
  return privateKey;
}
