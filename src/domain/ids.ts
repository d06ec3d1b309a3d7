/** Names and ids. Each brand is minted in one function, which holds the only cast. */
import { err, ok, type Brand, type Result } from "#std";
import type { InvalidInput } from "./errors.ts";

export type AppName = Brand<string, "AppName">;
export type ChangeId = Brand<string, "ChangeId">;
export type ReleaseId = Brand<string, "ReleaseId">;
export type InstanceId = Brand<string, "InstanceId">;
export type RolloutId = Brand<string, "RolloutId">;
export type UserId = Brand<string, "UserId">;
export type TokenId = Brand<string, "TokenId">;
export type SshKeyId = Brand<string, "SshKeyId">;
/** A full git object name, 40 (SHA-1) or 64 (SHA-256) hex digits. */
export type ObjectId = Brand<string, "ObjectId">;
/** `sha256:` and 64 hex digits. */
export type Digest = Brand<string, "Digest">;

interface Ids {
  readonly chg: ChangeId;
  readonly rel: ReleaseId;
  readonly ins: InstanceId;
  readonly rol: RolloutId;
  readonly usr: UserId;
  readonly tok: TokenId;
  readonly key: SshKeyId;
}
export type IdPrefix = keyof Ids;

const alphabet = "0123456789abcdefghjkmnpqrstvwxyz"; // Crockford base 32: no i, l, o, u to misread
const idDigits = 12; // 60 bits: one in a billion to collide among 50,000 ids

/** Makes a fresh id; `random` gives numbers in [0, 1). */
export function newId<P extends IdPrefix>(prefix: P, random: () => number): Ids[P] {
  let text = "";
  for (let digit = 0; digit < idDigits; digit += 1) text += alphabet[Math.floor(random() * 32)];
  // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- a mint of these brands
  return `${prefix}_${text}` as Ids[P];
}

export function parseId<P extends IdPrefix>(
  prefix: P,
  input: unknown,
): Result<Ids[P], InvalidInput> {
  if (typeof input === "string" && new RegExp(`^${prefix}_[0-9a-z]{12}$`).test(input)) {
    // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- a mint of these brands
    return ok(input as Ids[P]);
  }
  return err({
    code: "invalid_input",
    field: "id",
    expected: `an id such as ${prefix}_5c2a8d0k3m1x`,
  });
}

const reservedAppNames = new Set(["api", "console", "edge", "git", "tidegate", "www", "localhost"]);

/** An app's name is a DNS label, because it becomes `<app>.localhost`. */
export function parseAppName(input: unknown): Result<AppName, InvalidInput> {
  const isLabel = typeof input === "string" && /^[a-z](?:[a-z0-9-]{0,38}[a-z0-9])?$/.test(input);
  if (isLabel && !input.includes("--") && !reservedAppNames.has(input)) {
    // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- the one mint of this brand
    return ok(input as AppName);
  }
  return err({
    code: "invalid_input",
    field: "app",
    expected:
      "1 to 40 of a-z, 0-9 and single -, starting with a letter and not ending with -; " +
      `not one of ${[...reservedAppNames].join(", ")}`,
    ...(typeof input === "string" ? { found: JSON.stringify(input.slice(0, 60)) } : {}),
  });
}

/**
 * A name that is being chosen. Those that begin with `preview-` are addresses of other apps' candidates: whoever had
 * such a name would be met in their place.
 */
export function parseNewAppName(input: unknown): Result<AppName, InvalidInput> {
  const parsed = parseAppName(input);
  if (!parsed.ok || !parsed.value.startsWith("preview-")) return parsed;
  return err({
    code: "invalid_input",
    field: "app",
    expected:
      "a name that does not begin with preview-, where other apps' candidates are looked at",
    found: parsed.value,
  });
}

export function parseObjectId(input: unknown): Result<ObjectId, InvalidInput> {
  if (typeof input === "string" && /^(?:[0-9a-f]{40}|[0-9a-f]{64})$/.test(input)) {
    // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- the one mint of this brand
    return ok(input as ObjectId);
  }
  return err({ code: "invalid_input", field: "commit", expected: "40 or 64 hex digits" });
}

/** Turns 64 hex digits into a digest. */
export function digestOf(hex: string): Digest {
  // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- the one mint of this brand
  return `sha256:${hex}` as Digest;
}
