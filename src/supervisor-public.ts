/**
 * What `--domain` comes to: the address, the ports of https and http, and what the children are told. The
 * command line has read the flags before; ports are tried here, because here they are about to be used.
 */
import type { PublicAddress } from "#domain";
import { some } from "#std";
import { isSaidReady, type PortFlag, readBefore, refusalOf } from "./supervisor-ports.ts";

export interface PublicAsked {
  readonly domain?: string | undefined;
  readonly listen?: string | undefined;
  readonly "https-port"?: string | undefined;
  readonly "http-port"?: string | undefined;
  readonly cert?: string | undefined;
  readonly key?: string | undefined;
  readonly "self-signed"?: boolean | undefined;
  /** Whom the authority writes to; with it certificates come by ACME. */
  readonly acme?: string | undefined;
  readonly "acme-directory"?: string | undefined;
}

export interface PublicChoice {
  readonly address: PublicAddress;
  readonly edgeFlags: readonly string[];
  readonly serverFlags: readonly string[];
  readonly note?: string | undefined;
  readonly refused?: { readonly flag: PortFlag; readonly why: string };
}

const usual = { https: 443, http: 80 };

/** Gives nothing when no domain is asked for: then nothing listens beyond loopback. */
export async function choosePublic(
  dataDir: string,
  asked: PublicAsked,
): Promise<PublicChoice | undefined> {
  const { domain, listen } = asked;
  if (domain === undefined) return undefined;
  const port = Number(asked["https-port"] ?? usual.https);
  const http = await chooseHttp(dataDir, asked);
  const common = ["--domain", domain, "--https-port", String(port)];
  if (listen !== undefined) common.push("--listen", listen);
  const why = await refusalUnlessKept(dataDir, port, listen);
  const refused =
    why === undefined
      ? http.refused
      : ({ flag: "--https-port", why: `https needs port ${port}, but that port ${why}` } as const);
  return {
    address: { domain, port },
    edgeFlags: [...common, ...http.flags],
    serverFlags: [...common, ...http.flags, ...sourceFlags(asked)],
    note: http.note,
    ...some("refused", refused),
  };
}

function sourceFlags(asked: PublicAsked): readonly string[] {
  if (asked.acme !== undefined) {
    return ["--acme", asked.acme, "--acme-directory", asked["acme-directory"] ?? ""];
  }
  if (asked["self-signed"] === true) return ["--self-signed"];
  return ["--cert", asked.cert ?? "", "--key", asked.key ?? ""];
}

/**
 * Port 80 is a courtesy: without it https still works. One that was asked for is not replaced, and an authority
 * asks its questions there.
 */
async function chooseHttp(dataDir: string, asked: PublicAsked) {
  const port = Number(asked["http-port"] ?? usual.http);
  const why = await refusalUnlessKept(dataDir, port, asked.listen);
  if (why === undefined) return { flags: ["--http-port", String(port)] };
  const isNeeded = asked.acme !== undefined;
  if (asked["http-port"] !== undefined || isNeeded) {
    const what = isNeeded ? `ACME needs plain http at port ${port}` : `--http-port is ${port}`;
    const refused = { flag: "--http-port", why: `${what}, but that port ${why}` } as const;
    return { flags: [], refused };
  }
  return { flags: [], note: `port ${port} ${why}: plain http is not led to https` };
}

/** Edges that a killed supervisor has left hold their ports, and keep them. */
async function refusalUnlessKept(
  dataDir: string,
  port: number,
  host: string | undefined,
): Promise<string | undefined> {
  const why = await refusalOf({ port, ...some("host", host) });
  if (why === undefined) return undefined;
  const { publicPorts = [] } = await readBefore(dataDir);
  return publicPorts.includes(port) && (await isSaidReady(dataDir, "edge-0")) ? undefined : why;
}

/** The ports among an edge's flags, to be known again after a restart. */
export function portsIn(flags: readonly string[]): readonly number[] {
  return ["--https-port", "--http-port"].flatMap((flag) => {
    const at = flags.indexOf(flag);
    return at === -1 ? [] : [Number(flags[at + 1])];
  });
}
