/** The flags of `tidegate up` that open it to others: read, completed and refused before anything starts. */
import { access, constants } from "node:fs/promises";
import { isIP } from "node:net";
import path from "node:path";
import { parseDomain } from "#domain";
import { CommandFailed } from "../command-failed.ts";
import { exitCodes } from "../exit-code.ts";

export interface PublicOptions {
  readonly domain?: string;
  readonly cert?: string;
  readonly key?: string;
  readonly selfSigned?: boolean;
  readonly listen?: string;
  readonly httpsPort?: string;
  readonly httpPort?: string;
}

export interface PublicWish {
  readonly domain: string;
  /** What the supervisor is told, with whole paths. */
  readonly flags: readonly string[];
}

/** Gives nothing without `--domain`; rejects when the flags do not make an address. */
export async function publicWishOf(
  options: PublicOptions,
  cwd: string,
): Promise<PublicWish | undefined> {
  if (options.domain === undefined) {
    refuseAlone(options);
    return undefined;
  }
  const parsed = parseDomain(options.domain);
  if (!parsed.ok) throw usage(`--domain is "${options.domain}"; ${parsed.error}`);
  const domain = parsed.value;
  const flags = ["--domain", domain, ...(await sourceOf(options, { cwd, domain }))];
  const { listen, httpsPort, httpPort } = options;
  if (listen !== undefined) {
    if (isIP(listen) === 0) {
      throw usage(`--listen is "${listen}"; expected an address of this machine, such as 0.0.0.0`);
    }
    flags.push("--listen", listen);
  }
  if (httpsPort !== undefined) flags.push("--https-port", httpsPort);
  if (httpPort !== undefined) flags.push("--http-port", httpPort);
  return { domain, flags };
}

const alone = [
  ["--cert", "cert"],
  ["--key", "key"],
  ["--self-signed", "selfSigned"],
  ["--listen", "listen"],
  ["--https-port", "httpsPort"],
  ["--http-port", "httpPort"],
] as const;

function refuseAlone(options: PublicOptions): void {
  for (const [flag, name] of alone) {
    if (options[name] !== undefined) throw usage(`${flag} is for --domain, which is missing`);
  }
}

/** A certificate of the operator's; for names of this machine alone, one that is made here will do. */
async function sourceOf(
  { cert, key, selfSigned = false }: PublicOptions,
  { cwd, domain }: { readonly cwd: string; readonly domain: string },
): Promise<readonly string[]> {
  const isOwn = cert !== undefined || key !== undefined;
  if (isOwn && selfSigned) throw usage("--self-signed and --cert exclude each other");
  if (isOwn) {
    if (cert === undefined || key === undefined) {
      throw usage(
        `--${cert === undefined ? "cert" : "key"} is missing; --cert and --key go together`,
      );
    }
    return [
      "--cert",
      await readable("--cert", cert, cwd),
      "--key",
      await readable("--key", key, cwd),
    ];
  }
  if (selfSigned || domain.endsWith(".localhost")) return ["--self-signed"];
  throw new CommandFailed(`there is no certificate for ${domain}`, {
    exitCode: exitCodes.usage,
    next: `tidegate up --domain ${domain} --cert FILE --key FILE; for a try: --self-signed`,
  });
}

async function readable(flag: string, file: string, cwd: string): Promise<string> {
  const whole = path.resolve(cwd, file);
  try {
    await access(whole, constants.R_OK);
    return whole;
  } catch (error) {
    const isDenied = error instanceof Error && "code" in error && error.code === "EACCES";
    throw usage(`${flag} is ${whole}, which ${isDenied ? "is not yours to read" : "is not there"}`);
  }
}

function usage(message: string): CommandFailed {
  return new CommandFailed(message, { exitCode: exitCodes.usage, next: "tidegate up --help" });
}
