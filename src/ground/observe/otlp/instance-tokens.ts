/**
 * The token by which an instance proves who it is when it reports: its names and a code over them that
 * only this platform can make. Nothing is stored per instance, so a token proves its names as long as the key lives.
 */
import { createHmac, randomBytes, timingSafeEqual } from "node:crypto";
import { link, mkdir, open, readFile, rm } from "node:fs/promises";
import { join } from "node:path";
import { assert } from "#std";
import { type InstanceIdentity, parseAppName, parseId } from "#domain";

export interface InstanceTokens {
  tokenOf(identity: InstanceIdentity): string;
  /** Whose token this is, or nothing. Whether that instance still runs is not for a token to say. */
  identityOf(token: string): InstanceIdentity | undefined;
}

const keyBytes = 32;

/** Opens the key of a data directory, and makes it on the first start; only its owner can read it. */
export async function openInstanceTokens(dataDir: string): Promise<InstanceTokens> {
  const file = join(dataDir, "instance-key");
  await mkdir(dataDir, { recursive: true, mode: 0o700 });
  await makeKey(file);
  const key = await readFile(file);
  assert(key.length === keyBytes, `${file} holds no key; remove it to get a new one`);
  const codeOf = (names: string): Buffer => createHmac("sha256", key).update(names).digest();
  return {
    tokenOf({ app, release, instance }) {
      const names = `${app}.${release}.${instance}`;
      return `tgi.${names}.${codeOf(names).toString("base64url")}`;
    },
    identityOf(token) {
      const [, names, given] = /^tgi\.([\w.-]{1,200})\.([\w-]{43})$/.exec(token) ?? [];
      if (names === undefined || given === undefined) return undefined;
      const expected = codeOf(names);
      const code = Buffer.from(given, "base64url");
      if (code.length !== expected.length || !timingSafeEqual(code, expected)) return undefined;
      const [app, release, instance] = names.split(".");
      const parsed = [
        parseAppName(app),
        parseId("rel", release),
        parseId("ins", instance),
      ] as const;
      const [appName, releaseId, instanceId] = parsed;
      if (!appName.ok || !releaseId.ok || !instanceId.ok) return undefined;
      return { app: appName.value, release: releaseId.value, instance: instanceId.value };
    },
  };
}

/** Writes beside and links into place: a crash leaves no key rather than half of one. */
async function makeKey(file: string): Promise<void> {
  const draft = `${file}.${randomBytes(6).toString("hex")}`;
  const handle = await open(draft, "wx", 0o600);
  try {
    await handle.writeFile(randomBytes(keyBytes));
    await handle.sync();
    await link(draft, file);
  } catch (error) {
    if (!(error instanceof Error && "code" in error && error.code === "EEXIST")) throw error;
  } finally {
    await handle.close();
    await rm(draft, { force: true });
  }
}
