/** Which ports the processes of an instance listen on, from the kernel's own tables. */
import { readdirSync, readFileSync, readlinkSync } from "node:fs";

export interface Listener {
  readonly port: number;
  readonly inode: string;
  /** Whether a connection to 127.0.0.1 reaches it. */
  readonly isLoopbackReachable: boolean;
}

const listening = "0A";
const reachable = new Set([
  "00000000",
  "0100007F",
  "00000000000000000000000000000000",
  "0000000000000000FFFF00000100007F",
  "0000000000000000FFFF000000000000",
]);

/** Parses `/proc/net/tcp` or `/proc/net/tcp6`; only listening sockets. */
export function parseListeners(table: string): readonly Listener[] {
  return table.split("\n").flatMap((line) => {
    const [, local = "", , state, , , , , , inode = ""] = line.trim().split(/\s+/);
    const [address = "", port = ""] = local.split(":");
    if (state !== listening || inode === "") return [];
    return [
      { port: Number.parseInt(port, 16), inode, isLoopbackReachable: reachable.has(address) },
    ];
  });
}

/** The listening sockets that any of these processes holds open. */
export function listenersOf(pids: readonly number[]): readonly Listener[] {
  const held = new Set(pids.flatMap(socketInodes));
  const tables = ["/proc/net/tcp", "/proc/net/tcp6"].flatMap((file) => parseListeners(read(file)));
  return tables.filter(({ inode }) => held.has(inode));
}

function socketInodes(pid: number): readonly string[] {
  try {
    return readdirSync(`/proc/${pid}/fd`).flatMap((descriptor) => {
      const inode = /^socket:\[(\d+)\]$/.exec(link(`/proc/${pid}/fd/${descriptor}`))?.[1];
      return inode === undefined ? [] : [inode];
    });
  } catch {
    return []; // it ended, or belongs to somebody else
  }
}

function link(path: string): string {
  try {
    return readlinkSync(path);
  } catch {
    return ""; // closed meanwhile
  }
}

function read(file: string): string {
  try {
    return readFileSync(file, "utf8");
  } catch {
    return ""; // no IPv6 here
  }
}
