/** What a child sees of our environment: where programs and registries are, whom to trust, and nothing else. */

/** May hold passwords, so whoever faces users is not given it. */
const serverOnly = "TIDEGATE_PROMETHEUS";

/** What the build hands on to package managers has to get here first (registry-environment.ts). */
const passed =
  /^(?:PATH|HOME|LANG|LC_ALL|TZ|TMPDIR|TIDEGATE_(?!PROMETHEUS$).*|npm_config_.*|NPM_CONFIG_.*|PIP_.*|UV_.*|GO[A-Z]+|HTTPS?_PROXY|NO_PROXY|ALL_PROXY|https?_proxy|no_proxy|all_proxy|SSL_CERT_FILE|SSL_CERT_DIR|NODE_EXTRA_CA_CERTS|REQUESTS_CA_BUNDLE|CURL_CA_BUNDLE|GIT_SSL_CAINFO)$/;

/** The server is told the database, and is the only one that asks Prometheus servers. */
export function serverEnvironment(
  own: Readonly<Record<string, string | undefined>>,
  given: { readonly databaseUrl: string; readonly compileCache?: string },
): Readonly<Record<string, string>> {
  const { databaseUrl, ...others } = given;
  const prometheus = own[serverOnly];
  return {
    // What a burst leaves free at the top goes back at once. Not for an edge, whose buffers come and go.
    MALLOC_TRIM_THRESHOLD_: "65536",
    ...edgeEnvironment(own, others),
    ...(prometheus === undefined ? {} : { [serverOnly]: prometheus }),
    DATABASE_URL: databaseUrl,
  };
}

/** An edge asks nobody but the apps. */
export function edgeEnvironment(
  own: Readonly<Record<string, string | undefined>>,
  given: { readonly compileCache?: string },
): Readonly<Record<string, string>> {
  const { compileCache } = given;
  const kept = Object.entries(own).flatMap(([name, value]) =>
    value !== undefined && passed.test(name) ? [[name, value] as const] : [],
  );
  return {
    // glibc gives each thread a heap of its own, of which little comes back: 2 MB a process, for nothing.
    MALLOC_ARENA_MAX: "1",
    ...Object.fromEntries(kept),
    ...(compileCache === undefined ? {} : { NODE_COMPILE_CACHE: compileCache }),
  };
}
