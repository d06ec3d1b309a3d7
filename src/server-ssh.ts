/** The server's part that is git over SSH: where it listens, and what it says of itself. */
import type { Finding, People } from "#domain";
import type { Desk } from "#delivery";
import type { GitHost } from "#delivery/source";
import { openHostKey, openSshDoor, type SshDoor } from "#faces/api";
import type { ServerOptions } from "./server.ts";

export interface Ssh {
  readonly door: SshDoor;
  /** Beyond loopback only once the door of https is open, which takes an administrator. */
  listen(): Promise<void>;
  /** Where it listens and by which key it is known; nothing while it does not listen. */
  told(): { readonly url: string; readonly hostKey: string } | undefined;
  findings(): readonly Finding[];
}

interface Behind {
  readonly delivery: Desk;
  readonly people: People;
  readonly git: GitHost;
  /** Absent: it is off. */
  readonly url: string | undefined;
  /** Whether others may come in by now. */
  readonly hasAdmin: () => Promise<boolean>;
}

export async function openSsh(
  { dataDir, sshPort = 0, open, log, clock }: ServerOptions,
  { hasAdmin, url, ...behind }: Behind,
): Promise<Ssh | undefined> {
  if (url === undefined) return undefined;
  const hostKey = await openHostKey(dataDir);
  const door = openSshDoor({ ...behind, url, hostKey, log, clock });
  let state: "closed" | "open" | { readonly failed: string } = "closed";
  const name = `port ${sshPort}`;
  return {
    door,
    async listen() {
      if (open !== undefined && !(await hasAdmin())) return;
      try {
        await door.listen({
          host: open === undefined ? "127.0.0.1" : open.listenHost,
          port: sshPort,
        });
        state = "open";
      } catch (error) {
        // Without it everything else works: what is wrong is told, and nothing is stopped for it.
        state = { failed: error instanceof Error ? error.message : String(error) };
        log.error("ssh.listen_failed", { port: sshPort, error });
      }
    },
    told: () => (state === "open" ? { url, hostKey: hostKey.fingerprint } : undefined),
    findings() {
      if (state === "closed") return [];
      if (state !== "open") {
        const next = "choose another with tidegate up --ssh-port, or do without: --ssh-port off";
        return [{ name, state: "bad", found: `git over SSH cannot listen: ${state.failed}`, next }];
      }
      const where = open === undefined ? "on this machine only" : `open to others at ${url}`;
      const found = `git over SSH listens, ${where}; host key ${hostKey.fingerprint}`;
      return [{ name, state: "good", found }];
    },
  };
}
