/** Which ports the processes of an instance listen on, from the kernel's own tables. */
import { readdirSync, readFileSync, readlinkSync } from "node:fs";
import { readFile } from "node:fs/promises";

export interface Listener {
  readonly port: number;
  readonly inode: string;
  /** Whether a connection to 127.0.0.1 reaches it. */
  readonly isLoopbackReachable: boolean;
}

const tables = ["/proc/net/tcp", "/proc/net/tcp6"];
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

/**
 * Whether any of these processes listens on the port. Not in our own time: the kernel walks all buckets of
 * its table of connections, 4 ms a file however few there are (measured, 2 cores).
 */
export async function isListeningOn(pids: readonly number[], port: number): Promise<boolean> {
  const texts = await Promise.all(
    tables.map(async (file) => await readFile(file, "utf8").catch(() => "")),
  );
  const held = new Set(pids.flatMap(socketInodes));
  return texts
    .flatMap(parseListeners)
    .some((listener) => listener.port === port && held.has(listener.inode));
}

/** The listening sockets that any of these processes holds open. */
export function listenersOf(pids: readonly number[]): readonly Listener[] {
  const held = new Set(pids.flatMap(socketInodes));
  const all = tables.flatMap((file) => parseListeners(read(file)));
  return all.filter(({ inode }) => held.has(inode));
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
