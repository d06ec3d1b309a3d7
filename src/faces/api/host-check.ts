/**
 * Which Host headers are answered. A page on another site can make a browser call a loopback listener
 * under a name of its own (DNS rebinding); such a call carries that name, and is refused.
 */
const loopbackNames = ["localhost", "127.0.0.1", "[::1]"];

/** Makes the check; `names` are further host names, without port, under which this server is known. */
export function hostCheck(names: readonly string[]): (host: string | undefined) => boolean {
  const known = new Set([...loopbackNames, ...names.map((name) => name.toLowerCase())]);
  return (host) => host !== undefined && known.has(host.replace(/:\d{1,5}$/, "").toLowerCase());
}
