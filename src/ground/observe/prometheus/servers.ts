/**
 * The Prometheus-compatible servers the operator named. A repository names one of these and never an
 * address: whoever may push must not make Tidegate send requests to where only Tidegate can reach.
 */
import { err, ok, type Result } from "#std";

export interface PrometheusServer {
  readonly name: string;
  /** Without credentials; ends without a slash. */
  readonly url: string;
  /** Header value; made from the credentials in the given address. */
  readonly authorization?: string;
}

const serversMax = 20;
const entryForm = /^(?:([a-z][a-z0-9-]{0,38})=)?(https?:\/\/\S+)$/;

/**
 * Reads `http://127.0.0.1:9090` or `main=https://…,other=https://…`; an error says which entry is wrong. A
 * password's own `,` and `%` are written as in every URL: `%2C` and `%25`.
 */
export function parsePrometheusServers(text: string): Result<readonly PrometheusServer[], string> {
  const servers: PrometheusServer[] = [];
  for (const [index, entry] of text
    .split(",")
    .map((part) => part.trim())
    .entries()) {
    if (entry === "") continue;
    const [, name = "default", address = ""] = entryForm.exec(entry) ?? [];
    const url = URL.parse(address);
    const isTaken = servers.some((one) => one.name === name);
    if (url === null || url.search !== "" || url.hash !== "" || isTaken || index >= serversMax) {
      // The entry itself may hold a password.
      return err(
        `entry ${index + 1} is not NAME=http(s)://HOST[:PORT][/PATH] with a name of its own; at most ${serversMax}`,
      );
    }
    const credentials = credentialsOf(url);
    if (credentials === undefined) {
      return err(
        `entry ${index + 1} has a user or password that cannot be read; expected % as %25 and a comma as %2C`,
      );
    }
    servers.push({
      name,
      url: `${url.origin}${url.pathname}`.replace(/\/+$/, ""),
      ...credentials,
    });
  }
  return ok(servers);
}

/** The header, if there is a user; `undefined` when a `%` begins nothing. */
function credentialsOf({
  username,
  password,
}: URL): Pick<PrometheusServer, "authorization"> | undefined {
  if (username === "") return {};
  try {
    const text = `${decodeURIComponent(username)}:${decodeURIComponent(password)}`;
    return { authorization: `Basic ${Buffer.from(text).toString("base64")}` };
  } catch {
    return undefined; // the caller says which entry it was, and not what is in it
  }
}
