/**
 * Passwords as they are kept: argon2id in PHC's string form, computed off the event loop. A few at once and
 * a bounded queue, because each takes 19 MiB; who finds the queue full is told to come back.
 */
import { argon2 as derive, randomBytes, timingSafeEqual } from "node:crypto";
import { err, ok, type Result } from "#std";
import type { Unavailable } from "#domain";
import { argon2, argon2Most, hashBusyMs, hashesAtOnceMax, hashesWaitingMax } from "./limits.ts";

export interface PasswordHasher {
  /** Gives `$argon2id$v=19$m=…,t=…,p=…$salt$hash`. */
  hash(password: string): Promise<Result<string, Unavailable>>;
  /**
   * Compares in constant time. Without a hash (an unknown name, or no password) it takes as long and
   * says no.
   */
  verify(password: string, hash: string | undefined): Promise<Result<Verified, Unavailable>>;
}

export interface Verified {
  readonly isRight: boolean;
  /** The hash was made with other parameters than today's: make a new one while the password is known. */
  readonly isOutdated: boolean;
}

/** Makes the one hasher of a process: its bounds are for all callers together. */
export function passwordHasher(): PasswordHasher {
  const inTurn = boundedQueue();
  const nobodys = {
    ...argon2,
    salt: randomBytes(argon2.saltBytes),
    tag: randomBytes(argon2.tagBytes),
  };
  return {
    hash: (password) =>
      inTurn(async () => {
        const salt = randomBytes(argon2.saltBytes);
        return render({ ...argon2, salt, tag: await tagOf(password, { ...argon2, salt }) });
      }),
    verify: (password, hash) =>
      inTurn(async () => {
        const kept = hash === undefined ? undefined : parse(hash);
        const against = kept ?? nobodys;
        const tag = await tagOf(password, { ...against, tagBytes: against.tag.length });
        const isRight = timingSafeEqual(tag, against.tag) && kept !== undefined;
        return { isRight, isOutdated: isRight && !isOfToday(against) };
      }),
  };
}

interface Parameters {
  readonly memoryBytes: number;
  readonly passes: number;
  readonly lanes: number;
  readonly salt: Buffer;
}
type Kept = Parameters & { readonly tag: Buffer };

const phc =
  /^\$argon2id\$v=19\$m=(\d{1,7}),t=(\d{1,3}),p=(\d{1,2})\$([A-Za-z0-9+/]{11,86})\$([A-Za-z0-9+/]{16,86})$/;

/** A text that is no hash of ours fits no password. */
function parse(text: string): Kept | undefined {
  const [, memory, passes, lanes, salt = "", tag = ""] = phc.exec(text) ?? [];
  const kept = {
    memoryBytes: Number(memory) * 1_024,
    passes: Number(passes),
    lanes: Number(lanes),
    salt: Buffer.from(salt, "base64"),
    tag: Buffer.from(tag, "base64"),
  };
  const isSound =
    kept.lanes >= 1 &&
    kept.lanes <= argon2Most.lanes &&
    kept.passes >= 1 &&
    kept.passes <= argon2Most.passes &&
    kept.memoryBytes >= 8 * 1_024 * kept.lanes &&
    kept.memoryBytes <= argon2Most.memoryBytes;
  return isSound ? kept : undefined;
}

function render({ memoryBytes, passes, lanes, salt, tag }: Kept): string {
  const parameters = `m=${memoryBytes / 1_024},t=${passes},p=${lanes}`;
  return `$argon2id$v=19$${parameters}$${unpadded(salt)}$${unpadded(tag)}`;
}

const unpadded = (bytes: Buffer): string => bytes.toString("base64").replace(/=+$/, "");

function isOfToday({ memoryBytes, passes, lanes, salt, tag }: Kept): boolean {
  return (
    memoryBytes === argon2.memoryBytes &&
    passes === argon2.passes &&
    lanes === argon2.lanes &&
    salt.length === argon2.saltBytes &&
    tag.length === argon2.tagBytes
  );
}

/** The same characters give the same password, however a keyboard has composed them. */
async function tagOf(
  password: string,
  { memoryBytes, passes, lanes, salt, tagBytes }: Parameters & { readonly tagBytes: number },
): Promise<Buffer> {
  const parameters = {
    message: Buffer.from(password.normalize("NFKC")),
    nonce: salt,
    parallelism: lanes,
    tagLength: tagBytes,
    memory: memoryBytes / 1_024,
    passes,
  };
  return await new Promise((resolve, reject) => {
    derive("argon2id", parameters, (error, tag) => (error === null ? resolve(tag) : reject(error)));
  });
}

function boundedQueue() {
  let running = 0;
  const waiting: (() => void)[] = [];
  return async <T>(work: () => Promise<T>): Promise<Result<T, Unavailable>> => {
    if (running >= hashesAtOnceMax) {
      if (waiting.length >= hashesWaitingMax) {
        const reason = `${hashesWaitingMax} sign-ins are waiting already`;
        return err({ code: "unavailable", what: "sign-in", reason, retryAfterMs: hashBusyMs });
      }
      await new Promise<void>((resolve) => waiting.push(resolve));
    } else {
      running += 1;
    }
    try {
      return ok(await work());
    } finally {
      // Whoever waits takes the place over, so that nobody can come in between.
      const next = waiting.shift();
      if (next === undefined) running -= 1;
      else next();
    }
  };
}
