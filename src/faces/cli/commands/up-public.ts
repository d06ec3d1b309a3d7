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
  /** Whom the authority writes to. */
  readonly acme?: string;
  readonly acceptTerms?: boolean;
  readonly acmeDirectory?: string;
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
  ["--acme", "acme"],
  ["--accept-terms", "acceptTerms"],
  ["--acme-directory", "acmeDirectory"],
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
  options: PublicOptions,
  { cwd, domain }: { readonly cwd: string; readonly domain: string },
): Promise<readonly string[]> {
  const { cert, key, acme, selfSigned = false } = options;
  const isOwn = cert !== undefined || key !== undefined;
  if (acme !== undefined) {
    if (isOwn || selfSigned) throw usage("--acme excludes --cert, --key and --self-signed");
    return acmeFlags(acme, options);
  }
  refuseWithoutAcme(options);
  if (isOwn && selfSigned) throw usage("--self-signed and --cert exclude each other");
  if (isOwn) return await ownFlags({ cert, key }, cwd);
  if (selfSigned || domain.endsWith(".localhost")) return ["--self-signed"];
  throw new CommandFailed(`there is no certificate for ${domain}`, {
    exitCode: exitCodes.usage,
    next: `tidegate up --domain ${domain} --acme YOU@EXAMPLE.ORG --accept-terms, or with --cert FILE --key FILE; for a try: --self-signed`,
  });
}

async function ownFlags(
  { cert, key }: { readonly cert: string | undefined; readonly key: string | undefined },
  cwd: string,
): Promise<readonly string[]> {
  if (cert === undefined || key === undefined) {
    const flag = cert === undefined ? "cert" : "key";
    throw usage(`--${flag} is missing; --cert and --key go together`);
  }
  const files = [await readable("--cert", cert, cwd), await readable("--key", key, cwd)] as const;
  return ["--cert", files[0], "--key", files[1]];
}

function refuseWithoutAcme({ acceptTerms, acmeDirectory }: PublicOptions): void {
  const flags = [
    ["--accept-terms", acceptTerms],
    ["--acme-directory", acmeDirectory],
  ] as const;
  for (const [flag, value] of flags) {
    if (value !== undefined) throw usage(`${flag} is for --acme, which is missing`);
  }
}

const letsEncrypt = "https://acme-v02.api.letsencrypt.org/directory";
const emailCharactersMax = 254;

/** An authority wants to know whom to write to, and that its terms have been read. */
function acmeFlags(
  email: string,
  { acceptTerms = false, acmeDirectory = letsEncrypt }: PublicOptions,
): readonly string[] {
  if (!/^[^\s@,?]+@[^\s@,?]+\.[^\s@,?]+$/.test(email) || email.length > emailCharactersMax) {
    throw usage(`--acme is "${email}"; expected the e-mail address that the authority writes to`);
  }
  const url = URL.parse(acmeDirectory);
  if (url?.protocol !== "https:") {
    throw usage(`--acme-directory is "${acmeDirectory}"; expected an https URL`);
  }
  if (!acceptTerms) {
    throw new CommandFailed(
      `${url.host} gives certificates to who agrees to its terms of service`,
      {
        exitCode: exitCodes.usage,
        next: `read them (${url.href} says where they are), then: tidegate up … --acme ${email} --accept-terms`,
      },
    );
  }
  return ["--acme", email, "--acme-directory", url.href];
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
