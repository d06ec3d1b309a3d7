/**
 * Keeps the file from which the edges serve: written once there is an administrator, written again when the
 * operator's files change or a self-signed certificate grows old, and never with one that is worse.
 *
 * The edges read it by themselves, so they go on, and start again, with the last good one whatever has died.
 */
import { rm } from "node:fs/promises";
import { join } from "node:path";
import { err, ok, type Result } from "#std";
import {
  type Clock,
  consoleHost,
  type Finding,
  type Log,
  type NameCover,
  type PublicAddress,
} from "#domain";
import {
  checkCertificate,
  type CertificateFault,
  type CertificatePair,
  type CheckedCertificate,
} from "./check-certificate.ts";
import { coverOf } from "./cover.ts";
import { challengesFile, openAcme, type Acme, type AcmeFailure, type AcmeSource } from "./acme.ts";
import { doorFinding, certificateFinding, isLate } from "./findings.ts";
import { readSmall, removePrivate, writePrivate } from "./files.ts";
import { servedFingerprint } from "./knock.ts";
import { limits } from "./limits.ts";
import { makeSelfSigned } from "./self-signed.ts";

export type CertificateSource =
  | { readonly kind: "files"; readonly certificateFile: string; readonly keyFile: string }
  | { readonly kind: "self_signed" }
  | AcmeSource;

export interface KeeperOptions {
  readonly dataDir: string;
  readonly address: PublicAddress;
  /** Where the edges listen; absent: on every address of the machine. */
  readonly listenHost?: string | undefined;
  readonly source: CertificateSource;
  /** Whether a user can administer the platform: before that nothing listens beyond loopback. */
  readonly hasAdmin: () => Promise<boolean>;
  /** Public host names of the apps, for a certificate that names each; default: none. */
  readonly appHosts?: (() => Promise<readonly string[]>) | undefined;
  readonly clock: Clock;
  readonly log: Log;
}

export interface CertificateKeeper {
  /** Looks once, and waits for the edges to serve what was found; for a start. */
  open(): Promise<void>;
  /** Looks again and again until `signal` aborts. */
  run(signal: AbortSignal): Promise<void>;
  /** How things stand, for `doctor`. */
  findings(): Promise<readonly Finding[]>;
  /** Whether the certificate that was last seen to serve is for this name. */
  coverOf(host: string): NameCover;
}

/** Where the edges find what they serve a domain with: the certificate, its chain, the key. */
export function servedFile(dataDir: string, domain: string): string {
  return join(dataDir, "tls", `${domain}.pem`);
}

/** Also read by `tidegate link`, to have git trust it: so it is there only while it is in use. */
function selfSignedFiles(dataDir: string) {
  const at = (name: string) => join(dataDir, "tls", name);
  return { certificate: at("self-signed.crt"), key: at("self-signed.key") };
}

interface State {
  hasAdmin: boolean;
  served: CheckedCertificate | undefined;
  /** The served one itself, in PEM. */
  servedText: string | undefined;
  /** Why what the source has now is not served. */
  fault: CertificateFault | undefined;
  /** Absent: certificates come otherwise. */
  readonly acme: Acme | undefined;
}

export function keepCertificate(options: KeeperOptions): CertificateKeeper {
  const { clock, address } = options;
  const acme = acmeOf(options);
  const state: State = {
    hasAdmin: false,
    served: undefined,
    servedText: undefined,
    fault: undefined,
    acme,
  };
  const door = {
    host: options.listenHost ?? "127.0.0.1",
    port: address.port,
    serverName: consoleHost(address),
  };
  const isServed = async () =>
    state.served !== undefined && (await servedFingerprint(door)) === state.served.fingerprint;
  return {
    async open() {
      // A server that died during an order has left what its edges were to answer.
      await removePrivate(challengesFile(options.dataDir));
      await lookSafely(options, state);
      if (acme !== undefined && state.hasAdmin) {
        // With one that serves there is no need to wait for the next.
        const over = new AbortController();
        const first = state.served === undefined ? orderSafely(options, state) : undefined;
        await Promise.race([first, clock.sleep(limits.acmeFirstMsMax, over.signal)]);
        over.abort();
      }
      const until = clock.now() + limits.openMsMax;
      while (state.served !== undefined && !(await isServed()) && clock.now() < until) {
        await clock.sleep(limits.openLookMs, new AbortController().signal);
      }
    },
    async run(signal) {
      while (!signal.aborted) {
        await clock.sleep(limits.lookMs, signal);
        if (signal.aborted) return;
        await lookSafely(options, state);
        // An order takes as long as it takes; what serves is looked at meanwhile.
        if (acme !== undefined && state.hasAdmin) void orderSafely(options, state);
      }
    },
    async findings() {
      const { served, fault, hasAdmin } = state;
      const failure = acme?.failure();
      const facts = {
        address,
        served,
        fault,
        hasAdmin,
        failure,
        leftOut: acme?.leftOut() ?? [],
        noRoom: acme?.full()?.noRoom ?? [],
        isAcme: acme !== undefined,
        now: clock.now(),
      };
      const isAnswered = await isServed();
      return [doorFinding({ ...facts, isAnswered }), ...certificateFinding(facts)];
    },
    coverOf: (host) =>
      coverOf(host, {
        served: state.servedText,
        leftOut: acme?.leftOut() ?? [],
        isAcme: acme !== undefined,
        full: acme?.full()?.names,
      }),
  };
}

function acmeOf(options: KeeperOptions): Acme | undefined {
  const { source, appHosts = async () => [] } = options;
  return source.kind === "acme" ? openAcme({ ...options, source, appHosts }) : undefined;
}

/** Asks for a certificate if it is time, and takes what came. */
async function orderSafely(options: KeeperOptions, state: State): Promise<void> {
  try {
    await state.acme?.look();
  } catch (error) {
    options.log.error("certificate.order_failed", { error });
  }
  await lookSafely(options, state);
}

/** A disk that is full, or a database that is away, leaves what is served as it is. */
async function lookSafely(options: KeeperOptions, state: State): Promise<void> {
  try {
    await look(options, state);
  } catch (error) {
    options.log.error("certificate.look_failed", { error });
  }
}

async function look(options: KeeperOptions, state: State): Promise<void> {
  const { dataDir, address, clock, source } = options;
  const file = servedFile(dataDir, address.domain);
  // The last administrator cannot go, so it is asked until there is one.
  state.hasAdmin ||= await options.hasAdmin();
  if (!state.hasAdmin) {
    await rm(file, { force: true });
    return;
  }
  const { domain } = address;
  // By ACME each name is in it by itself; those of apps that came later are no reason not to serve.
  const names = source.kind === "acme" ? { names: [consoleHost(address)] } : {};
  const at = { domain, now: clock.now(), ...names };
  const before = await readSmall(file);
  if (before !== undefined) {
    state.served = valueOf(checkCertificate(halvesOf(before), at));
    state.servedText = state.served && before;
  }
  if (source.kind !== "self_signed") await forgetSelfSigned(dataDir);
  const found = await pairOf(options, state);
  const checked = found.ok ? checkCertificate(found.value, at) : found;
  tellFault(checked.ok ? undefined : checked.error, state, options);
  if (!found.ok || !checked.ok) return;
  state.served = checked.value;
  state.servedText = found.value.certificate;
  const text = `${found.value.certificate.trimEnd()}\n${found.value.key.trimEnd()}\n`;
  if (text === before) return;
  await writePrivate(file, text);
  options.log.info("certificate.served", { domain: address.domain, ...checked.value });
}

/** Once for each, and not at every look. */
function tellFault(
  fault: CertificateFault | undefined,
  state: State,
  { log }: KeeperOptions,
): void {
  if (fault !== undefined && fault.reason !== state.fault?.reason) {
    log.error("certificate.refused", { ...fault });
  }
  state.fault = fault;
}

async function pairOf(
  options: KeeperOptions,
  { acme }: State,
): Promise<Result<CertificatePair, CertificateFault>> {
  const { source, dataDir, address, clock } = options;
  if (source.kind === "acme") {
    const held = await acme?.pair();
    return held === undefined ? err(notYet(source, acme?.failure())) : ok(held);
  }
  if (source.kind === "self_signed") return ok(await selfSigned(dataDir, address.domain, clock));
  const { certificateFile, keyFile } = source;
  const certificate = await readSmall(certificateFile);
  const key = await readSmall(keyFile);
  if (certificate !== undefined && key !== undefined) return ok({ certificate, key });
  const file = certificate === undefined ? certificateFile : keyFile;
  const next = `check that ${file} is there, readable and at most ${limits.fileBytesMax / 1024} KB`;
  return err({ code: "unreadable", reason: `cannot be read from ${file}`, next });
}

function notYet({ directoryUrl }: AcmeSource, failure: AcmeFailure | undefined): CertificateFault {
  const { host } = new URL(directoryUrl);
  const next =
    "see that the domain, and *. beneath it, lead to this machine, and port 80 to its port of plain http";
  return failure === undefined
    ? { code: "unreadable", reason: `is being asked for at ${host}`, next }
    : { code: "unreadable", reason: `was refused by ${host}: ${failure.reason}`, next };
}

/** The one there is, or a new one when there is none that will do for long. */
async function selfSigned(dataDir: string, domain: string, clock: Clock): Promise<CertificatePair> {
  const files = selfSignedFiles(dataDir);
  const now = clock.now();
  const certificate = await readSmall(files.certificate);
  const key = await readSmall(files.key);
  if (certificate !== undefined && key !== undefined) {
    const known = { certificate, key };
    const checked = checkCertificate(known, { domain, now });
    if (checked.ok && !isLate(checked.value, now)) return known;
  }
  const made = await makeSelfSigned(domain, now);
  await writePrivate(files.key, made.key);
  await writePrivate(files.certificate, made.certificate);
  return made;
}

async function forgetSelfSigned(dataDir: string): Promise<void> {
  const { certificate, key } = selfSignedFiles(dataDir);
  await rm(certificate, { force: true });
  await rm(key, { force: true });
}

/** The served file holds certificates and then the key; each reader of PEM passes over the other's part. */
function halvesOf(text: string): CertificatePair {
  return { certificate: text, key: text };
}

function valueOf<T>(result: Result<T, unknown>): T | undefined {
  return result.ok ? result.value : undefined;
}
