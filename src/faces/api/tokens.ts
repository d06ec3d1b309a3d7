/** The admin token: made on the first start, kept in a file only its owner reads, compared by hash. */
import { createHash, randomBytes, timingSafeEqual } from "node:crypto";
import { chmod, link, mkdir, open, readFile, rm, stat } from "node:fs/promises";
import path from "node:path";
import { machineActor, type Actor, type Origin } from "#domain";
import { assert } from "#std";

/** Says whose token this is, or nothing. */
export type Authenticate = (token: string, origin: Origin) => Promise<Actor | undefined>;

export interface Tokens {
  /** Whether this is the machine's own key. */
  readonly authenticate: (token: string) => Promise<Actor | undefined>;
  /** Absolute; mode 0600. */
  readonly tokenFile: string;
  /** Whether this call made the token: the first start on this data directory. */
  readonly isNew: boolean;
}

const tokenBytes = 32;
const tokenPattern = /^tg_[A-Za-z0-9_-]{43}$/;

/**
 * Opens the tokens of a data directory, and makes the admin token if there is none. A token file that
 * others can read is made private; one that holds no token is an assertion: it was edited.
 */
export async function openTokens(options: { readonly dataDir: string }): Promise<Tokens> {
  const tokenFile = path.join(options.dataDir, "admin-token");
  await mkdir(options.dataDir, { recursive: true, mode: 0o700 });
  const isNew = await createToken(tokenFile);
  const token = (await readFile(tokenFile, "utf8")).trim();
  assert(tokenPattern.test(token), `${tokenFile} holds no token; remove it to get a new one`);
  const { mode } = await stat(tokenFile);
  if ((mode & 0o077) !== 0) await chmod(tokenFile, 0o600);

  // Only the hash stays in memory; equal lengths are what timingSafeEqual compares.
  const expected = hash(token);
  return {
    tokenFile,
    isNew,
    authenticate: async (given) =>
      timingSafeEqual(hash(given), expected) ? machineActor : undefined,
  };
}

function hash(token: string): Buffer {
  return createHash("sha256").update(token).digest();
}

/** Writes beside and links into place: a crash leaves no token rather than half of one. */
async function createToken(tokenFile: string): Promise<boolean> {
  const draft = `${tokenFile}.${randomBytes(6).toString("hex")}`;
  const file = await open(draft, "wx", 0o600);
  try {
    await file.writeFile(`tg_${randomBytes(tokenBytes).toString("base64url")}\n`);
    await file.sync();
    await link(draft, tokenFile);
    return true;
  } catch (error) {
    if (error instanceof Error && "code" in error && error.code === "EEXIST") return false;
    throw error;
  } finally {
    await file.close();
    await rm(draft, { force: true });
  }
}
