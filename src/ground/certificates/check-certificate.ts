/** Whether a certificate can serve a domain: it is one, fits its key, covers the names, and is in its time. */
import { createPrivateKey, type KeyObject, X509Certificate } from "node:crypto";
import { createSecureContext } from "node:tls";
import { err, ok, type Result } from "#std";
import { consoleHost } from "#domain";

/** Both in PEM; the certificate may bring its chain along, itself first. */
export interface CertificatePair {
  readonly certificate: string;
  readonly key: string;
}

export interface CheckedCertificate {
  /** SHA-256 of it, as Node and OpenSSL print it. */
  readonly fingerprint: string;
  readonly fromAt: number;
  readonly untilAt: number;
}

export interface CertificateFault {
  readonly code:
    | "unreadable"
    | "not_a_certificate"
    | "not_a_key"
    | "key_differs"
    | "expired"
    | "not_yet_valid"
    | "names_missing"
    | "refused_by_tls";
  /** What is wrong with it, as the end of "the certificate …". */
  readonly reason: string;
  readonly next: string;
}

export interface CheckedFor {
  readonly domain: string;
  readonly now: number;
  /** Names that it must cover; default: the console's, and every name beneath the domain. */
  readonly names?: readonly string[];
}

/** Checks what could be served under a domain at an instant. No I/O. */
export function checkCertificate(
  pair: CertificatePair,
  { domain, now, names }: CheckedFor,
): Result<CheckedCertificate, CertificateFault> {
  const certificate = parseCertificate(pair.certificate);
  if (certificate === undefined) {
    const next = "give --cert a file in PEM that begins with the certificate, then its chain";
    return err({ code: "not_a_certificate", reason: "is not one in PEM", next });
  }
  const key = parseKey(pair.key);
  if (key === undefined) {
    const next = "give --key the private key in PEM, without a passphrase";
    return err({ code: "not_a_key", reason: "has no key that can be read", next });
  }
  if (!certificate.checkPrivateKey(key)) {
    const next =
      "give --key the key that the certificate was made for; the certificate comes first in its file";
    return err({ code: "key_differs", reason: "belongs to another key", next });
  }
  const fault =
    timeFault(certificate, now) ?? nameFault(certificate, domain, names) ?? tlsFault(pair);
  if (fault !== undefined) return err(fault);
  return ok({
    fingerprint: certificate.fingerprint256,
    fromAt: certificate.validFromDate.getTime(),
    untilAt: certificate.validToDate.getTime(),
  });
}

function parseCertificate(text: string): X509Certificate | undefined {
  try {
    return new X509Certificate(text);
  } catch {
    return undefined;
  }
}

function parseKey(text: string): KeyObject | undefined {
  try {
    return createPrivateKey(text);
  } catch {
    return undefined; // the cause might quote it
  }
}

function timeFault(certificate: X509Certificate, now: number): CertificateFault | undefined {
  const { validFromDate, validToDate } = certificate;
  if (now >= validToDate.getTime()) {
    const reason = `expired on ${validToDate.toISOString().slice(0, 10)}`;
    return {
      code: "expired",
      reason,
      next: "put a new one in its place; it is read within seconds",
    };
  }
  if (now >= validFromDate.getTime()) return undefined;
  const reason = `is valid from ${validFromDate.toISOString()} only`;
  return { code: "not_yet_valid", reason, next: "check the clock of this machine" };
}

function nameFault(
  certificate: X509Certificate,
  domain: string,
  required: readonly string[] | undefined,
): CertificateFault | undefined {
  const wanted = required?.map((name) => [name, name] as const) ?? [
    [consoleHost({ domain }), consoleHost({ domain })],
    [`some-app.${domain}`, `*.${domain}`],
  ];
  const missing = wanted.flatMap(([host, shown]) =>
    certificate.checkHost(host, { subject: "never" }) === undefined ? [shown] : [],
  );
  if (missing.length === 0) return undefined;
  const names = certificate.subjectAltName?.replaceAll("DNS:", "") ?? "no name";
  return {
    code: "names_missing",
    reason: `is for ${names.slice(0, 200)}, and not for ${missing.join(" and ")}`,
    next: `get one for *.${domain}, or name the domain that it is for: --domain`,
  };
}

/** What OpenSSL would not serve: a key that is too short, a digest that is broken. */
function tlsFault({ certificate, key }: CertificatePair): CertificateFault | undefined {
  try {
    createSecureContext({ cert: certificate, key });
    return undefined;
  } catch (cause) {
    const code = cause instanceof Error && "code" in cause ? String(cause.code) : "unknown";
    const next = "get one with a key of 2048 bits RSA or 256 bits EC, signed with SHA-256";
    return { code: "refused_by_tls", reason: `cannot be served (${code})`, next };
  }
}

/** Whether a browser takes it for this name; what is no certificate is for none. */
export function isFor({ certificate }: Pick<CertificatePair, "certificate">, name: string) {
  return parseCertificate(certificate)?.checkHost(name, { subject: "never" }) !== undefined;
}
