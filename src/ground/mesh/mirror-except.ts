/**
 * Which paths are never copied: an app says so of GETs that have effects, such as a link that works
 * once. In doubt a path is left out, since a copy that is missing costs a little evidence, and one too
 * many may cost a user something.
 */

export interface ExceptedPaths {
  /** Without a trailing slash, lower case. */
  readonly exact: ReadonlySet<string>;
  /** Beginnings, lower case, with the slash that they end with where they were given one. */
  readonly prefixes: readonly string[];
}

/** Reads paths, and beginnings of paths that end with `*`. */
export function exceptedPaths(patterns: readonly string[] = []): ExceptedPaths | undefined {
  if (patterns.length === 0) return undefined;
  const exact = patterns.filter((one) => !one.endsWith("*")).map((one) => bare(lower(one)));
  const prefixes = patterns
    .filter((one) => one.endsWith("*"))
    .map((one) => lower(one.slice(0, -1)));
  return { exact: new Set(exact), prefixes };
}

/**
 * Whether a request's target is excepted, as the app may read it: escapes, dots, doubled slashes, a slash
 * at the end and the case of letters make no difference. A target that cannot be read is.
 */
export function isExcepted({ exact, prefixes }: ExceptedPaths, target: string): boolean {
  const path = pathOf(target);
  if (path === undefined || exact.has(bare(path))) return true;
  return prefixes.some((prefix) => path.startsWith(prefix) || `${path}/` === prefix);
}

/** What an app may make of it: some resolve escapes before dots, so both are done twice. */
function pathOf(target: string): string | undefined {
  let path = target;
  for (let pass = 0; pass < 2; pass += 1) {
    // Two slashes at the beginning would be read as a host.
    const slashed = path.replaceAll("\\", "/").replace(/^\/+/, "/");
    const url = URL.parse(slashed, "http://app.invalid");
    const read = url === null ? undefined : decoded(url.pathname);
    if (read === undefined) return undefined;
    // Escaped, they are part of the path; a percent sign may be half of another escape.
    path = read.replaceAll(/[?#]/g, encodeURIComponent);
  }
  return lower(path.replaceAll(/[\\/]+/g, "/"));
}

function decoded(path: string): string | undefined {
  try {
    return decodeURIComponent(path);
  } catch {
    return undefined; // no escape of UTF-8: nobody knows what the app reads
  }
}

function bare(path: string): string {
  return path.length > 1 && path.endsWith("/") ? path.slice(0, -1) : path;
}

function lower(path: string): string {
  return path.toLowerCase();
}
