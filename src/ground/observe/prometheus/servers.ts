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

/** Reads `http://127.0.0.1:9090` or `main=https://…,other=https://…`; an error says which entry is wrong. */
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
    const { username, password } = url;
    const credentials = Buffer.from(
      `${decodeURIComponent(username)}:${decodeURIComponent(password)}`,
    );
    servers.push({
      name,
      url: `${url.origin}${url.pathname}`.replace(/\/+$/, ""),
      ...(username === "" ? {} : { authorization: `Basic ${credentials.toString("base64")}` }),
    });
  }
  return ok(servers);
}
