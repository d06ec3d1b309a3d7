/**
 * A certificate by ACME: kept beside the account's key, asked for when there is none, when a name is missing from it,
 * and after two thirds of its life. A failure is waited out, longer each time, and told by `doctor`.
 */
import { join } from "node:path";
import { sha256Hex } from "#std";
import { consoleHost, type Clock, type Log, type PublicAddress } from "#domain";
import {
  acmeNames,
  namesToLeaveOut,
  orderDueAt,
  retryAfter,
  type AcmeFacts,
} from "./acme-schedule.ts";
import type { OrderOptions } from "./acme-order.ts";
import { checkCertificate, isFor, type CertificatePair } from "./check-certificate.ts";
import { readSmall, writePrivate } from "./files.ts";
import { limits } from "./limits.ts";
import { leftOutNames, type LeftOut, type LeftOutNames, type RefusedName } from "./left-out.ts";

export interface AcmeSource {
  readonly kind: "acme";
  /** Whom the authority writes to. Its terms have been agreed to. */
  readonly email: string;
  readonly directoryUrl: string;
  /** Where the edges answer plain http; the authority comes to port 80, and is led there. */
  readonly httpPort: number;
}

export interface AcmeOptions {
  readonly dataDir: string;
  readonly address: PublicAddress;
  readonly listenHost?: string | undefined;
  readonly source: AcmeSource;
  /** Public host names of the apps, the oldest first. */
  readonly appHosts: () => Promise<readonly string[]>;
  readonly clock: Clock;
  readonly log: Log;
  /** Asks the authority; rejects with its reason. Tests give their own. */
  readonly orderOf?: ((options: OrderOptions) => Promise<CertificatePair>) | undefined;
}

export interface AcmeFailure {
  /** The end of "the certificate …". */
  readonly reason: string;
  readonly againAt: number;
}

export interface FullCertificate {
  readonly names: ReadonlySet<string>;
  readonly noRoom: readonly string[];
}

export interface Acme {
  /** What there is; it may have ended. */
  pair(): Promise<CertificatePair | undefined>;
  /** Asks for another one if it is time; resolves when that is over. One at a time. */
  look(): Promise<void>;
  /** Why the last order failed; nothing once one has not. */
  failure(): AcmeFailure | undefined;
  /** Names that the authority refused, and why, until they are asked for again. */
  leftOut(): readonly LeftOut[];
  /** When no more names fit into one certificate: those that it asks for, and those that it does not. */
  full(): FullCertificate | undefined;
}

/** Where the edges find what they are to answer an authority. */
export function challengesFile(dataDir: string): string {
  return join(dataDir, "tls", "challenges.json");
}

export function openAcme(options: AcmeOptions): Acme {
  const { dataDir, address, source, clock, log } = options;
  // Of another authority nothing is taken over: a test's certificate must not be served for a real one.
  const home = join(dataDir, "tls", "acme", sha256Hex(source.directoryUrl).slice(0, 12));
  const files = {
    account: join(home, "account.key"),
    pair: join(home, `${address.domain}.pem`),
  };
  let running: Promise<void> | undefined;
  let lastAt: number | undefined;
  let failures = 0;
  /** When certificates were obtained, over a week. A restart forgets it, as strangers cannot cause one. */
  let obtainedAt: readonly number[] = [];
  let reason = "";
  const leftOut = leftOutNames(join(home, `${address.domain}.left-out.json`), clock);

  async function pair(): Promise<CertificatePair | undefined> {
    const text = await readSmall(files.pair);
    return text === undefined ? undefined : { certificate: text, key: text };
  }

  let full: FullCertificate | undefined;

  async function wanted() {
    const found = await wantedNow(await pair(), leftOut, options);
    const { names, noRoom } = found;
    full = names.length < limits.acmeNamesMax ? undefined : { names: new Set(names), noRoom };
    return found;
  }

  async function lookOnce(): Promise<void> {
    let { names, facts } = await wanted();
    obtainedAt = obtainedAt.filter((at) => at > facts.now - limits.acmeWeekMs);
    if (!isDue({ ...facts, lastAt, failures, obtainedLately: obtainedAt.length })) return;
    for (let round = 0; round < limits.acmeRoundsMax; round += 1) {
      if ((await order(names)) === "over") return;
      ({ names, facts } = await wanted());
      // At once, without those that were refused; it may be that nothing else was wanted.
      if (!isDue({ ...facts, lastAt: undefined, failures: 0, obtainedLately: 0 })) return;
    }
  }

  async function order(names: readonly string[]): Promise<"over" | "without_some"> {
    log.info("certificate.ordered", { domain: address.domain, names: names.length });
    // Whatever comes of it: who adds names that are refused does not cause the next one by that.
    lastAt = clock.now();
    try {
      await orderInto(files, names, options);
      failures = 0;
      obtainedAt = [...obtainedAt, clock.now()];
      log.info("certificate.obtained", { domain: address.domain, names: names.length });
    } catch (error) {
      reason = error instanceof Error ? (error.message.split("\n", 1)[0] ?? "") : String(error);
      const refused = refusedOf(names, reason, error);
      if (refused.length > 0) {
        await leftOut.add(refused);
        log.warn("certificate.names_left_out", { refused });
        return "without_some";
      }
      failures += 1;
      log.warn("certificate.order_failed", { domain: address.domain, failures, error });
    }
    lastAt = clock.now();
    return "over";
  }

  return {
    pair,
    leftOut: () => leftOut.told(),
    full: () => full,
    async look() {
      running ??= lookOnce().finally(() => (running = undefined));
      await running;
    },
    failure() {
      if (failures === 0 || lastAt === undefined) return undefined;
      return { reason, againAt: lastAt + retryAfter(failures) };
    },
  };
}

/** Which names are wanted, and what there is of that. */
async function wantedNow(
  held: CertificatePair | undefined,
  leftOut: Pick<LeftOutNames, "without">,
  { address, appHosts, clock }: AcmeOptions,
) {
  const now = clock.now();
  const hosts = await leftOut.without(await appHosts());
  const { names, noRoom } = acmeNames(consoleHost(address), hosts);
  const { domain } = address;
  const checked = held && checkCertificate(held, { domain, now, names: names.slice(0, 1) });
  const serves = checked?.ok === true ? checked.value : undefined;
  const missing = held === undefined ? names : names.filter((name) => !isFor(held, name));
  return { names, noRoom, facts: { now, held: serves, missing: missing.length } };
}

/** Asks the authority for one certificate for all of the names; rejects with its reason. */
async function orderInto(
  files: { readonly account: string; readonly pair: string },
  names: readonly string[],
  { dataDir, address, listenHost, source, clock, orderOf }: AcmeOptions,
): Promise<void> {
  // Loaded when it is needed, which is every two months: it brings HTTP along.
  const ask = orderOf ?? (await import("./acme-order.ts")).orderCertificate;
  const made = await ask({
    ...source,
    names,
    accountKeyFile: files.account,
    challengesFile: challengesFile(dataDir),
    answers: { host: listenHost ?? "127.0.0.1", port: source.httpPort },
    address,
    clock,
  });
  // In one file, so that they change together.
  await writePrivate(files.pair, `${made.certificate.trimEnd()}\n${made.key.trimEnd()}\n`);
}

function isDue(facts: AcmeFacts): boolean {
  const dueAt = orderDueAt(facts);
  return dueAt !== undefined && dueAt <= facts.now;
}

function refusedOf(
  names: readonly string[],
  message: string,
  error: unknown,
): readonly RefusedName[] {
  const reasons = new Map(failedOf(error).map(({ name, reason }) => [name, reason]));
  const left = namesToLeaveOut(names, { message, failed: [...reasons.keys()] });
  return left.map((name) => ({ name, reason: reasons.get(name) ?? message }));
}

/** Loaded with the order, its class is not at hand here. */
function failedOf(error: unknown): readonly RefusedName[] {
  const failed: unknown = error instanceof Error && "failed" in error ? error.failed : undefined;
  return Array.isArray(failed) ? failed.filter((each) => isRefusedName(each)) : [];
}

function isRefusedName(found: unknown): found is RefusedName {
  const { name, reason }: Partial<Record<keyof RefusedName, unknown>> = Object(found);
  return typeof name === "string" && typeof reason === "string";
}
