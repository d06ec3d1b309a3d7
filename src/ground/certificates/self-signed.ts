/** A certificate that vouches for itself: for this machine, for a try, and behind a proxy that pins it. */
import type { CertificatePair } from "./check-certificate.ts";
import { limits } from "./limits.ts";

/** A clock a little behind ours takes it all the same. */
const backdatedMs = 3_600_000;

/** Makes one for a domain and all names directly beneath it, with a new key. */
export async function makeSelfSigned(domain: string, now: number): Promise<CertificatePair> {
  // Loaded when they are needed, which is once a year; the first is what the second needs to load.
  await import("reflect-metadata");
  const x509 = await import("@peculiar/x509");
  const algorithm = { name: "ECDSA", namedCurve: "P-256", hash: "SHA-256" } as const;
  const keys = await crypto.subtle.generateKey(algorithm, true, ["sign", "verify"]);
  const certificate = await x509.X509CertificateGenerator.createSelfSigned(
    {
      name: [{ CN: [domain] }, { O: ["Tidegate, self-signed"] }],
      notBefore: new Date(now - backdatedMs),
      notAfter: new Date(now + limits.selfSignedLifeMs - backdatedMs),
      signingAlgorithm: algorithm,
      keys,
      extensions: [
        // It can sign for nobody else: who trusts it trusts these names alone.
        new x509.BasicConstraintsExtension(false, undefined, true),
        new x509.KeyUsagesExtension(x509.KeyUsageFlags.digitalSignature, true),
        new x509.ExtendedKeyUsageExtension([x509.ExtendedKeyUsage.serverAuth]),
        new x509.SubjectAlternativeNameExtension([
          { type: "dns", value: domain },
          { type: "dns", value: `*.${domain}` },
        ]),
      ],
    },
    crypto,
  );
  const key = Buffer.from(await crypto.subtle.exportKey("pkcs8", keys.privateKey));
  const lines = key.toString("base64").replaceAll(/.{64}(?=.)/g, "$&\n");
  return {
    certificate: `${certificate.toString("pem")}\n`,
    key: `-----BEGIN PRIVATE KEY-----\n${lines}\n-----END PRIVATE KEY-----\n`,
  };
}
