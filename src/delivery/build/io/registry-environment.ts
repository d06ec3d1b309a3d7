/**
 * The operator's package registries, as environment for install steps.
 *
 * Steps see none of the operator's files, so that what npm, pip and Go were told on this machine
 * (mirrors, proxies, certificate authorities) is read here and handed on. Credentials are not: code
 * of a repository runs in the same step and could read them.
 */
import { execFile } from "node:child_process";
import { realpath } from "node:fs/promises";
import { promisify } from "node:util";

const run = promisify(execFile);
const askTimeoutMs = 15_000;

export interface RegistryEnvironment {
  readonly env: Readonly<Record<string, string>>;
  /** Absolute paths that the settings name and a sandbox does not show by itself. */
  readonly readOnly: readonly string[];
}

type Env = Readonly<Record<string, string | undefined>>;

/** Variables that are handed on as they are, in either case. */
const passed =
  /^(?:https?_proxy|no_proxy|all_proxy|node_extra_ca_certs|ssl_cert_(?:file|dir)|requests_ca_bundle|curl_ca_bundle|git_ssl_cainfo|pip_(?:index_url|extra_index_url|find_links|cert|trusted_host|default_timeout|no_index)|uv_(?:index_url|default_index|index|extra_index_url|find_links|native_tls)|go(?:proxy|sumdb|nosumdb|nosumcheck|private|noproxy|insecure))$/i;

const npmKeys = ["registry", "cafile", "proxy", "https-proxy", "noproxy", "strict-ssl"];

/** Reads what npm, pip and Go are told on this machine; a program that is absent adds nothing. */
export async function findRegistryEnvironment(env: Env): Promise<RegistryEnvironment> {
  const [npm, pip, go] = await Promise.all([
    ask("npm", ["config", "list", "--json"]),
    ask("python3", ["-m", "pip", "config", "list"]),
    ask("go", ["env", "-json", "GOPROXY", "GOSUMDB", "GONOSUMDB", "GOPRIVATE"]),
  ]);
  const found = registryEnvironment(env, { npm, pip, go });
  const readOnly = await Promise.all(pathsIn(found).map(async (path) => await shownAt(path)));
  return { env: found, readOnly: readOnly.flat() };
}

/** Gives the environment; a variable stands before the same setting in a file. Pure. */
export function registryEnvironment(
  env: Env,
  told: { readonly npm: string; readonly pip: string; readonly go: string },
): Readonly<Record<string, string>> {
  const variables = Object.entries(env).flatMap(([name, value]) =>
    value !== undefined && value !== "" && passed.test(name) ? [[name, value] as const] : [],
  );
  const all = [
    ...npmSettings(told.npm),
    ...pipSettings(told.pip),
    ...goSettings(told.go),
    ...variables,
  ];
  return Object.fromEntries(all.map(([name, value]) => [name, withoutCredentials(value)]));
}

function npmSettings(text: string): readonly (readonly [string, string])[] {
  return Object.entries(parseRecord(text)).flatMap(([key, value]) => {
    const isWanted = npmKeys.includes(key) || /^@[\w.-]+:registry$/.test(key);
    const isPlain = typeof value === "string" || typeof value === "boolean";
    if (!isWanted || !isPlain || value === "") return [];
    return [
      [
        `npm_config_${key.startsWith("@") ? key : key.replaceAll("-", "_")}`,
        String(value),
      ] as const,
    ];
  });
}

/** Lines such as `global.index-url='https://…'`; those under `:env:` are variables, and known. */
function pipSettings(text: string): readonly (readonly [string, string])[] {
  return [...text.matchAll(/^(?:global|install|user|site)\.([a-z-]+)='(.*)'$/gm)].flatMap(
    ([, key = "", value = ""]) => {
      const name = `PIP_${key.toUpperCase().replaceAll("-", "_")}`;
      return passed.test(name) ? [[name, value.replaceAll("\\n", " ").trim()] as const] : [];
    },
  );
}

function goSettings(text: string): readonly (readonly [string, string])[] {
  return Object.entries(parseRecord(text)).flatMap(([key, value]) =>
    typeof value === "string" && value !== "" ? [[key, value] as const] : [],
  );
}

/** User and password go; a registry that needs them answers 401, which the install log then shows. */
function withoutCredentials(value: string): string {
  return value.replaceAll(/(\w+:\/\/)[^/@\s]+@/g, "$1");
}

function parseRecord(text: string): Readonly<Record<string, unknown>> {
  try {
    const value: unknown = JSON.parse(text);
    return typeof value === "object" && value !== null
      ? Object.fromEntries(Object.entries(value))
      : {};
  } catch {
    return {}; // the program is absent or said something else
  }
}

async function ask(file: string, argv: readonly string[]): Promise<string> {
  try {
    const { stdout } = await run(file, [...argv], { cwd: "/", timeout: askTimeoutMs });
    return stdout;
  } catch {
    return "";
  }
}

function pathsIn(env: Readonly<Record<string, string>>): readonly string[] {
  const paths = Object.values(env).filter((value) => /^\/[^\s:]+$/.test(value));
  return [...new Set(paths)];
}

const shownAnyway = ["/usr/", "/etc/ssl/", "/etc/pki/", "/etc/ca-certificates/", "/lib/", "/bin/"];

/** Only what is really at that path: a link could lead a mount anywhere. */
async function shownAt(path: string): Promise<readonly string[]> {
  if (shownAnyway.some((prefix) => path.startsWith(prefix))) return [];
  const real = await realpath(path).catch(() => undefined); // named, but not there: pip will say so
  return real === path && path !== "/" ? [path] : [];
}
