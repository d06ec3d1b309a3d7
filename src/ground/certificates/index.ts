/**
 * certificates: what Tidegate proves its name with to those who come from elsewhere.
 *
 * Answers: with which certificate the edges are to serve the domain, and whether they do.
 * Leaves to others: TLS itself (mesh), who is an administrator (people).
 * Invariants: the edges find a certificate only once there is an administrator, and only one that fits its key,
 * its names and its time; a worse one never replaces one that serves.
 * Read next: keep-certificate.ts, then check-certificate.ts.
 */
export { challengesFile } from "./acme.ts";
export {
  keepCertificate,
  servedFile,
  type CertificateKeeper,
  type CertificateSource,
  type KeeperOptions,
} from "./keep-certificate.ts";
