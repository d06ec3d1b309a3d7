/**
 * Addresses with a password that open nothing: a database on the developer's own machine. Nearly every
 * application has one in its README or compose file, and refusing those would teach people to switch
 * the check off.
 */

const localHost =
  /^(?:localhost|127(?:\.\d{1,3}){3}|\[::1\]|[a-z0-9_-]+|(?:.+\.)?(?:example(?:\.(?:com|org|net))?|test|local|localhost|invalid|internal))$/i;

/** Whether the address that holds `range` of `text` names a host that only exists here. */
export function isLocalUrl(text: string, range: readonly [number, number]): boolean {
  const lineFrom = text.lastIndexOf("\n", range[0]) + 1;
  const lineTo = text.indexOf("\n", range[1]);
  const line = text.slice(Math.max(lineFrom, range[0] - 200), lineTo < 0 ? undefined : lineTo);
  const found = text.slice(...range);
  const from = Math.max(0, line.indexOf(found));
  const url = /[a-z][a-z0-9+.-]*:\/\/[^\s/@:]*:[^\s/@]*@(\[[0-9a-f:]+\]|[^\s/:?#"'`,)>\]]+)/gi;
  for (const match of line.matchAll(url)) {
    const isThis = match.index + match[0].length >= from && match.index <= from + found.length;
    if (isThis) return localHost.test(match[1] ?? "");
  }
  return false;
}
