/**
 * A public key of SSH as people paste it: one line of a file that ends in `.pub` (RFC 4253, section 6.6; RFC
 * 5656; RFC 8709). Only kinds whose signatures will do for years are taken, and what is refused is told why.
 */
import { err, ok, sha256Base64, sha256Hex, type Result } from "#std";
import { base32 } from "./base32.ts";
import type { InvalidInput } from "./errors.ts";
import type { SshKeyId } from "./ids.ts";

export type SshKeyAlgorithm =
  | "ssh-ed25519"
  | "ecdsa-sha2-nistp256"
  | "ecdsa-sha2-nistp384"
  | "ecdsa-sha2-nistp521"
  | "ssh-rsa";

export interface SshPublicKey {
  readonly algorithm: SshKeyAlgorithm;
  readonly blob: Uint8Array;
  /** What stood behind the key; mostly `name@machine`. */
  readonly comment: string;
}

const textCharactersMax = 8_192;
const rsaBitsMin = 3_072;
/** OpenSSH's own bound. */
const rsaBitsMax = 16_384;
const ed25519Bytes = 32;
/** Of an uncompressed point: a four, and two coordinates. */
const pointBytes = { nistp256: 65, nistp384: 97, nistp521: 133 } as const;
const uncompressed = 4;

/** Reads a key, or says what it is that cannot be taken. Never throws. */
export function parseSshPublicKey(text: string): Result<SshPublicKey, InvalidInput> {
  if (text.includes("PRIVATE KEY")) {
    return refused("the public half: the file that ends in .pub", "the private half of a key");
  }
  const lines = text.split(/\r?\n/).filter((line) => line.trim() !== "");
  const [line = ""] = lines;
  if (lines.length !== 1 || text.length > textCharactersMax) {
    return refused("one key: the line of a file that ends in .pub");
  }
  const [, algorithm = "", base64 = "", comment = ""] =
    /^\s*([a-z0-9@.-]+)[ \t]+([A-Za-z0-9+/]+={0,2})(?:[ \t]+(.*))?$/.exec(line) ?? [];
  const foreign = foreignKind(algorithm);
  if (foreign !== undefined) return refused(kindsTaken, foreign);
  if (!isTaken(algorithm)) return refused(kindsTaken);
  const blob = Buffer.from(base64, "base64");
  const fault = faultOf(blob, algorithm);
  if (fault !== undefined) return refused(fault.expected, fault.found);
  return ok({ algorithm, blob, comment: comment.trim() });
}

/** As `ssh-keygen -l` shows it. */
export function fingerprintOf(blob: Uint8Array): string {
  return `SHA256:${sha256Base64(blob)}`;
}

/** What a key is called here: the beginning of its hash. */
export function sshKeyIdOf(blob: Uint8Array): SshKeyId {
  // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- a mint of this brand
  return `key_${base32(sha256Hex(blob), 12)}` as SshKeyId;
}

const kindsTaken = `an Ed25519, ECDSA or RSA key (${rsaBitsMin} bits or more), as in ~/.ssh/id_ed25519.pub`;

function isTaken(algorithm: string): algorithm is SshKeyAlgorithm {
  return /^(?:ssh-ed25519|ssh-rsa|ecdsa-sha2-nistp(?:256|384|521))$/.test(algorithm);
}

function foreignKind(algorithm: string): string | undefined {
  if (algorithm === "ssh-dss") return "a DSA key, which nobody should trust any more";
  if (algorithm.startsWith("sk-")) return "a key of a hardware token, which is not supported yet";
  return algorithm.includes("-cert-") ? "a certificate" : undefined;
}

interface Fault {
  readonly expected: string;
  readonly found?: string;
}

const broken: Fault = { expected: "a whole key: the text was cut or changed" };

/** Why these bytes are no key of this kind that will do; nothing when they are. */
function faultOf(blob: Buffer, algorithm: SshKeyAlgorithm): Fault | undefined {
  const [name, ...fields] = fieldsOf(blob) ?? [];
  if (name?.toString("latin1") !== algorithm) return broken;
  const [first, second, ...more] = fields;
  if (first === undefined || more.length > 0) return broken;
  if (algorithm === "ssh-ed25519") {
    return second === undefined && first.length === ed25519Bytes ? undefined : broken;
  }
  if (second === undefined) return broken;
  return algorithm === "ssh-rsa" ? rsaFault(first, second) : curveFault(algorithm, first, second);
}

function curveFault(algorithm: string, curve: Buffer, point: Buffer): Fault | undefined {
  const name = curve.toString("latin1");
  if (algorithm !== `ecdsa-sha2-${name}`) return broken;
  const expected = Object.entries(pointBytes).find(([known]) => known === name)?.[1];
  return point.length === expected && point[0] === uncompressed ? undefined : broken;
}

function rsaFault(exponent: Buffer, modulus: Buffer): Fault | undefined {
  // A leading zero keeps the number positive.
  const digits = modulus.toString("hex").replace(/^0+/, "");
  const [head = "0"] = digits;
  const bits = digits === "" ? 0 : digits.length * 4 - Math.clz32(Number.parseInt(head, 16)) + 28;
  const last = exponent.at(-1) ?? 0;
  if (last % 2 === 0 || exponent.length > 8 || (exponent.length === 1 && last < 3)) return broken;
  if (bits < rsaBitsMin) return { expected: kindsTaken, found: `an RSA key of ${bits} bits` };
  return bits > rsaBitsMax ? { expected: `at most ${rsaBitsMax} bits` } : undefined;
}

/** Strings, each behind its length in four bytes; nothing when they do not fill the whole. */
function fieldsOf(blob: Buffer): readonly Buffer[] | undefined {
  const fields: Buffer[] = [];
  let at = 0;
  while (at < blob.length) {
    if (at + 4 > blob.length) return undefined;
    const end = at + 4 + blob.readUInt32BE(at);
    if (end > blob.length) return undefined;
    fields.push(blob.subarray(at + 4, end));
    at = end;
  }
  return fields;
}

function refused(expected: string, found?: string): Result<never, InvalidInput> {
  const facts = { code: "invalid_input", field: "public key", expected } as const;
  return err(found === undefined ? facts : { ...facts, found });
}
