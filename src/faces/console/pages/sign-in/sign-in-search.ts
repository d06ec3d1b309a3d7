/** Where to go after signing in. Pure. */
export interface SignInSearch {
  readonly return?: string;
}

/** Only a path of this console: an address elsewhere would make of our page somebody else's door. */
export function signInSearch(given: Record<string, unknown>): SignInSearch {
  const path = given["return"];
  return typeof path === "string" && isOwnPath(path) ? { return: path } : {};
}

function isOwnPath(path: string): boolean {
  if (!path.startsWith("/") || path.length > 500) return false;
  const base = "http://here.invalid";
  return URL.parse(path, base)?.origin === base;
}
