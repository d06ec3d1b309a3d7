/**
 * What is known between the two requests of a ceremony (a passkey's, a provider's) travels with the browser,
 * in a cookie that only this instance can write and read: a stranger who begins a million of them costs
 * nothing, and one browser cannot end what another began. That each is used once is kept by the store.
 */
import {
  createCipheriv,
  createDecipheriv,
  createHmac,
  randomBytes,
  timingSafeEqual,
} from "node:crypto";
import { link, mkdir, open, readFile, rm } from "node:fs/promises";
import { join } from "node:path";
import { assert } from "#std";
import { ceremonyMsMax } from "./limits.ts";

/** Authenticated encryption of small JSON, for one purpose and for as long as a ceremony may take. */
export interface Seal {
  close(purpose: string, body: unknown, now: number): string;
  /** Nothing when it was not sealed here, not for this purpose, or too long ago. */
  open(purpose: string, sealed: string | undefined, now: number): unknown;
  /** A name that only this instance can give, and give again. */
  sign(purpose: string, text: string): string;
  isSigned(purpose: string, text: string, signature: string): boolean;
}

const ivBytes = 12;
const tagBytes = 16;
const keyBytes = 32;
const sealedCharactersMax = 3_800; // what fits into a cookie, with its name

export function sealWith(key: Buffer): Seal {
  const subkey = (use: string) => createHmac("sha256", key).update(use).digest();
  const sealing = subkey("seal");
  const signing = subkey("sign");
  const sign = (purpose: string, text: string) =>
    createHmac("sha256", signing).update(`${purpose}\0${text}`).digest("base64url");
  return {
    close(purpose, body, now) {
      const iv = randomBytes(ivBytes);
      const cipher = createCipheriv("aes-256-gcm", sealing, iv).setAAD(Buffer.from(purpose));
      const text = JSON.stringify({ body, until: now + ceremonyMsMax });
      const secret = Buffer.concat([cipher.update(text, "utf8"), cipher.final()]);
      const sealed = Buffer.concat([iv, cipher.getAuthTag(), secret]).toString("base64url");
      assert(sealed.length <= sealedCharactersMax, "a ceremony fits into a cookie");
      return sealed;
    },
    open(purpose, sealed, now) {
      if (sealed === undefined || sealed.length > sealedCharactersMax) return undefined;
      const bytes = Buffer.from(sealed, "base64url");
      if (bytes.length <= ivBytes + tagBytes) return undefined;
      const opened = decrypted(bytes, sealing, purpose);
      if (opened === undefined) return undefined;
      // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- authenticated: `close` wrote it
      const { body, until } = JSON.parse(opened) as {
        readonly body: unknown;
        readonly until: number;
      };
      return now < until ? body : undefined;
    },
    sign,
    isSigned: (purpose, text, signature) => {
      const [given, expected] = [Buffer.from(signature), Buffer.from(sign(purpose, text))];
      return given.length === expected.length && timingSafeEqual(given, expected);
    },
  };
}

function decrypted(bytes: Buffer, key: Buffer, purpose: string): string | undefined {
  const decipher = createDecipheriv("aes-256-gcm", key, bytes.subarray(0, ivBytes), {
    authTagLength: tagBytes,
  });
  decipher.setAAD(Buffer.from(purpose));
  decipher.setAuthTag(bytes.subarray(ivBytes, ivBytes + tagBytes));
  try {
    const text = decipher.update(bytes.subarray(ivBytes + tagBytes));
    return Buffer.concat([text, decipher.final()]).toString("utf8");
  } catch {
    // Altered, or sealed with another key: to whoever sent it both are the same.
    return undefined;
  }
}

/** Reads the key of a data directory, and makes it if there is none: mode 0600, whole or not there. */
export async function openSealKey(dataDir: string): Promise<Buffer> {
  const file = join(dataDir, "sign-in-key");
  await mkdir(dataDir, { recursive: true, mode: 0o700 });
  await createKey(file);
  const key = Buffer.from((await readFile(file, "utf8")).trim(), "base64url");
  assert(key.length === keyBytes, `${file} holds no key; remove it to get a new one`);
  return key;
}

async function createKey(file: string): Promise<void> {
  const draft = `${file}.${randomBytes(6).toString("hex")}`;
  const handle = await open(draft, "wx", 0o600);
  try {
    await handle.writeFile(`${randomBytes(keyBytes).toString("base64url")}\n`);
    await handle.sync();
    await link(draft, file);
  } catch (error) {
    if (!(error instanceof Error && "code" in error && error.code === "EEXIST")) throw error;
  } finally {
    await handle.close();
    await rm(draft, { force: true });
  }
}
