/** By what clients know this instance again: an Ed25519 key, made once, whose private half only we read. */
import { chmod, mkdir, readFile, rename, stat, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { assert } from "#std";
import { fingerprintOf } from "#domain";
import ssh2 from "ssh2";

export interface HostKey {
  /** In OpenSSH's own format. */
  readonly privateKey: string;
  /** `SHA256:…`, as clients show it when they first meet us. */
  readonly fingerprint: string;
}

/**
 * Opens the one in the data directory, or makes it. A file that others can read is made private; one that holds
 * no key is an assertion: it was edited.
 */
export async function openHostKey(dataDir: string): Promise<HostKey> {
  const directory = join(dataDir, "ssh");
  const file = join(directory, "host_ed25519");
  await mkdir(directory, { recursive: true, mode: 0o700 });
  const known = await readFile(file, "utf8").catch((error: NodeJS.ErrnoException) => {
    if (error.code === "ENOENT") return undefined;
    throw error;
  });
  const privateKey = known ?? (await make(file));
  if (((await stat(file)).mode & 0o077) !== 0) await chmod(file, 0o600);
  const parsed = ssh2.utils.parseKey(privateKey);
  assert(
    !(parsed instanceof Error) && !Array.isArray(parsed) && parsed.isPrivateKey(),
    `${file} holds no key; remove it to get a new one, which every client will ask about`,
  );
  return { privateKey, fingerprint: fingerprintOf(parsed.getPublicSSH()) };
}

/** Written beside and put in place whole: a crash leaves no key rather than half of one. */
async function make(file: string): Promise<string> {
  const { private: privateKey, public: publicKey } = ssh2.utils.generateKeyPairSync("ed25519", {
    comment: "tidegate",
  });
  await writeFile(`${file}.pub`, `${publicKey}\n`, { mode: 0o644 });
  await writeFile(`${file}.new`, privateKey, { mode: 0o600, flush: true });
  await rename(`${file}.new`, file);
  return privateKey;
}
