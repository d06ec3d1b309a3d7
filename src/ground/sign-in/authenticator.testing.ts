/** An authenticator in software, for tests: keys, counters and signatures as WebAuthn has them. */
import { createHash, generateKeyPairSync, randomBytes, sign, type KeyObject } from "node:crypto";

export interface Circumstances {
  /** The page that asks, as the browser sees it. */
  readonly origin: string;
  /** What the authenticator signs for; default: what was asked for. */
  readonly rpId?: string;
  readonly challenge?: string;
  readonly isUserVerified?: boolean;
  /** Default: 0, always, as synced passkeys have it. */
  readonly counter?: number;
  readonly type?: string;
}

type Options = Readonly<Record<string, unknown>>;

export interface Authenticator {
  create(options: Options, circumstances: Circumstances): Readonly<Record<string, unknown>>;
  get(options: Options, circumstances: Circumstances): Readonly<Record<string, unknown>>;
}

export function authenticator(): Authenticator {
  const id = randomBytes(32);
  const { publicKey, privateKey } = generateKeyPairSync("ec", { namedCurve: "P-256" });
  return {
    create(options, circumstances) {
      const rp: { readonly id?: unknown } = Object(options["rp"]);
      const rpId = circumstances.rpId ?? String(rp.id);
      const credential = Buffer.concat([
        Buffer.alloc(16),
        uint16(id.length),
        id,
        coseKey(publicKey),
      ]);
      const data = authenticatorData(rpId, circumstances, credential);
      const attestationObject = cborMap([
        [cborText("fmt"), cborText("none")],
        [cborText("attStmt"), cborMap([])],
        [cborText("authData"), cborBytes(data)],
      ]);
      const client = clientData("webauthn.create", options, circumstances);
      return {
        ...named(id),
        response: {
          clientDataJSON: client.toString("base64url"),
          attestationObject: attestationObject.toString("base64url"),
          transports: ["internal"],
        },
      };
    },
    get(options, circumstances) {
      const rpId = circumstances.rpId ?? String(options["rpId"]);
      const data = authenticatorData(rpId, circumstances);
      const client = clientData("webauthn.get", options, circumstances);
      return {
        ...named(id),
        response: {
          clientDataJSON: client.toString("base64url"),
          authenticatorData: data.toString("base64url"),
          signature: signed(privateKey, Buffer.concat([data, sha256(client)])).toString(
            "base64url",
          ),
        },
      };
    },
  };
}

function named(id: Buffer) {
  const text = id.toString("base64url");
  return { id: text, rawId: text, type: "public-key", clientExtensionResults: {} };
}

function clientData(type: string, options: Options, circumstances: Circumstances): Buffer {
  const { origin, challenge = String(options["challenge"]) } = circumstances;
  return Buffer.from(
    JSON.stringify({ type: circumstances.type ?? type, challenge, origin, crossOrigin: false }),
  );
}

function authenticatorData(
  rpId: string,
  { isUserVerified = true, counter = 0 }: Circumstances,
  credential?: Buffer,
): Buffer {
  const flags = 0x01 | (isUserVerified ? 0x04 : 0) | (credential === undefined ? 0 : 0x40);
  const count = Buffer.alloc(4);
  count.writeUInt32BE(counter);
  const head = [sha256(Buffer.from(rpId)), Buffer.from([flags]), count];
  return Buffer.concat(credential === undefined ? head : [...head, credential]);
}

const sha256 = (bytes: Buffer): Buffer => createHash("sha256").update(bytes).digest();
const signed = (key: KeyObject, bytes: Buffer): Buffer => sign("sha256", bytes, key);

function uint16(value: number): Buffer {
  const bytes = Buffer.alloc(2);
  bytes.writeUInt16BE(value);
  return bytes;
}

/** ES256: key type 2, algorithm -7, curve 1, x and y. */
function coseKey(key: KeyObject): Buffer {
  const { x = "", y = "" } = key.export({ format: "jwk" });
  return cborMap([
    [Buffer.from([0x01]), Buffer.from([0x02])],
    [Buffer.from([0x03]), Buffer.from([0x26])],
    [Buffer.from([0x20]), Buffer.from([0x01])],
    [Buffer.from([0x21]), cborBytes(Buffer.from(x, "base64url"))],
    [Buffer.from([0x22]), cborBytes(Buffer.from(y, "base64url"))],
  ]);
}

/** As much of CBOR as an attestation takes. */
function cborHead(major: number, size: number): Buffer {
  if (size < 24) return Buffer.from([(major << 5) | size]);
  if (size < 256) return Buffer.from([(major << 5) | 24, size]);
  return Buffer.concat([Buffer.from([(major << 5) | 25]), uint16(size)]);
}
const cborBytes = (bytes: Buffer): Buffer => Buffer.concat([cborHead(2, bytes.length), bytes]);
function cborText(text: string): Buffer {
  const bytes = Buffer.from(text);
  return Buffer.concat([cborHead(3, bytes.length), bytes]);
}
const cborMap = (pairs: readonly (readonly [Buffer, Buffer])[]): Buffer =>
  Buffer.concat([cborHead(5, pairs.length), ...pairs.flat()]);
