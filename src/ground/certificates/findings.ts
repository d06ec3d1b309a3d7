/** What `doctor` says about the door to elsewhere. Pure. */
import { consoleHost, consoleUrl, type Finding, type PublicAddress } from "#domain";
import type { AcmeFailure } from "./acme.ts";
import type { CertificateFault, CheckedCertificate } from "./check-certificate.ts";
import type { LeftOut } from "./left-out.ts";
import { limits } from "./limits.ts";

export interface DoorFacts {
  readonly address: PublicAddress;
  readonly hasAdmin: boolean;
  readonly served: CheckedCertificate | undefined;
  readonly fault: CertificateFault | undefined;
  /** Why the last order at an authority failed; the certificate that serves may do for long. */
  readonly failure?: AcmeFailure | undefined;
  /** Names that the authority refused, and the certificate therefore does not name. */
  readonly leftOut?: readonly LeftOut[];
  /** Names that are not asked for, because as many as fit into one certificate are. */
  readonly noRoom?: readonly string[];
  /** Whether certificates come from an authority by themselves. */
  readonly isAcme?: boolean;
  readonly now: number;
}

/** `up` looks for it by this name, too. */
const name = "public address";

/** Whether people reach us from elsewhere. */
export function doorFinding(facts: DoorFacts & { readonly isAnswered: boolean }): Finding {
  const { address, hasAdmin, served, fault, isAnswered } = facts;
  if (!hasAdmin) {
    return {
      name,
      state: "bad",
      found: "nobody is an administrator yet, and until then nothing listens beyond this machine",
      next: "tidegate up without --domain, tidegate invitation create NAME --role admin, accept it, then up with --domain",
    };
  }
  if (served === undefined) {
    const reason = fault === undefined ? "has not been looked at yet" : fault.reason;
    const next = fault?.next ?? "ask again in a few seconds: tidegate doctor";
    return { name, state: "bad", found: `the certificate ${reason}`, next };
  }
  if (!isAnswered) {
    const found = `${consoleUrl(address)} is not served on this machine's port ${address.port}`;
    const next =
      "the edges try again by themselves; if it stays so: logs/edge-0.log in the data directory";
    return { name, state: "bad", found, next };
  }
  const found = `${consoleUrl(address)}, and apps beside it, open to others`;
  return { name, state: "good", found };
}

/** How long the certificate will do, and whether a newer one is refused; nothing while none is served. */
export function certificateFinding(facts: DoorFacts): readonly Finding[] {
  const { served, fault, now, address, failure, isAcme = false } = facts;
  if (served === undefined) return [];
  const until = new Date(served.untilAt).toISOString().slice(0, 10);
  const names = isAcme ? `${consoleHost(address)} and the apps beside it` : `*.${address.domain}`;
  const found = `for ${names}, until ${until}`;
  const certificate = { name: "certificate", found };
  if (failure !== undefined) {
    const again = new Date(failure.againAt).toISOString().slice(0, 16);
    const next = `see that every name leads to this machine, and port 80 to its port of plain http; it is tried again by itself, next at ${again}Z`;
    // With little of its life left somebody has to look.
    const life = served.untilAt - served.fromAt;
    const state = served.untilAt - now < life * limits.acmeShortLifeRatio ? "bad" : "fair";
    return [
      { ...certificate, state, found: `${found}; the next one failed: ${failure.reason}`, next },
    ];
  }
  if (fault !== undefined) {
    const refused = `${found}; the newer one ${fault.reason}, and is not used`;
    return [{ ...certificate, state: "fair", found: refused, next: fault.next }];
  }
  const lacking = lackingNames(facts);
  if (lacking !== undefined) {
    const { without, next } = lacking;
    return [{ ...certificate, state: "fair", found: `${found}; without ${without}`, next }];
  }
  if (isLate(served, now)) {
    const next = "put a new one in its place: it is read within seconds, without a restart";
    return [{ ...certificate, state: "fair", next }];
  }
  return [{ ...certificate, state: "good" }];
}

/** Names of apps that the certificate is not for: the authority said no, or there is no room. */
function lackingNames({ leftOut = [], noRoom = [] }: DoorFacts) {
  const [left] = leftOut;
  if (left !== undefined) {
    const next = `see that ${left.name} leads to this machine, and port 80 to its port of plain http; it is asked for again by itself, at ${new Date(left.againAt).toISOString().slice(0, 16)}Z`;
    return { without: `${left.name}${andMore(leftOut)}: ${left.reason}`, next };
  }
  const [out] = noRoom;
  if (out === undefined) return undefined;
  const next =
    "remove domains or apps that are not used, or start with a certificate of yours: --cert";
  const holds = `one holds ${limits.acmeNamesMax} names`;
  return { without: `${out}${andMore(noRoom)}: ${holds}`, next };
}

function andMore(names: readonly unknown[]): string {
  return names.length === 1 ? "" : ` and ${names.length - 1} more`;
}

/** Whether it is time for the next one. */
export function isLate({ fromAt, untilAt }: CheckedCertificate, now: number): boolean {
  return untilAt - now < Math.min((untilAt - fromAt) * limits.lateLifeRatio, limits.lateMsMax);
}
