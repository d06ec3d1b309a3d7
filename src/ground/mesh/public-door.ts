/**
 * The edge's door to elsewhere: TLS for everybody, and beside it a port that leads plain http there.
 *
 * It opens when there is a certificate on disk, takes a new one without dropping a connection, and closes
 * when there is none; while an authority is asked for the first one, only the port of plain http is open.
 * Neither the server nor the database is needed for that. What keeps it from opening is tried again; the door
 * on loopback does not depend on it.
 */
import { createHash } from "node:crypto";
import { watch } from "node:fs";
import { readFile } from "node:fs/promises";
import { basename, dirname } from "node:path";
import { some } from "#std";
import type { Log, PublicAddress } from "#domain";
import { parseChallenges, type Challenges } from "./challenges.ts";
import type { Edge } from "./edge.ts";
import { makePrivateDirectory } from "./files.ts";
import { limits } from "./limits.ts";
import { openTlsListener, type Listener, type TlsListener } from "./listener.ts";
import { openRedirect } from "./redirect.ts";

export interface PublicDoorOptions {
  readonly address: PublicAddress;
  /** An address of this machine; absent: all of them. */
  readonly host?: string | undefined;
  /** Where plain http is led to https; absent: nowhere. */
  readonly httpPort?: number | undefined;
  /** The certificate with its chain, and its key; written by others, only read here. */
  readonly certificateFile: string;
  /** Beside it: what an authority is to be answered while it is asked for a certificate. */
  readonly challengesFile: string;
}

export interface PublicDoor {
  stop(): Promise<void>;
}

/** Opens as soon as there is a certificate; never rejects for want of one. */
export async function openPublicDoor(
  edge: Edge,
  options: PublicDoorOptions,
  log: Log,
): Promise<PublicDoor> {
  const { certificateFile: file, challengesFile } = options;
  await makePrivateDirectory(dirname(file));
  const door = doorOf(edge, options, log);
  let turn: Promise<void> = Promise.resolve();
  const look = () => {
    turn = turn.then(async () => await door.set(await read(file), await read(challengesFile)));
  };
  const watched = new Set([basename(file), basename(challengesFile)]);
  const watcher = watch(dirname(file), (_event, name) => {
    if (name === null || watched.has(name)) look();
  });
  watcher.on("error", (error) => log.error("edge.watch_failed", { reason: error.message }));
  // What a watch has missed, and what could not be opened, is tried again.
  const again = setInterval(look, limits.doorRetryMs);
  look();
  await turn;
  return {
    async stop() {
      clearInterval(again);
      watcher.close();
      await turn;
      await door.close();
    },
  };
}

function doorOf(edge: Edge, options: PublicDoorOptions, log: Log) {
  const { address, host, httpPort } = options;
  let tls: TlsListener | undefined;
  let redirect: Listener | undefined;
  let challenges: Challenges = new Map();
  let inUse = "";
  let told = "";

  async function close(): Promise<void> {
    await Promise.all([tls?.stop(), redirect?.stop()]);
    [tls, redirect, inUse] = [undefined, undefined, ""];
  }

  async function serve(pem: string): Promise<void> {
    const digest = createHash("sha256").update(pem).digest("hex");
    if (digest === inUse) return;
    if (tls === undefined) {
      const opening = openTlsListener(edge, pem, log);
      await opening.listen({ ...some("host", host), port: address.port });
      tls = opening;
      log.info("edge.open_to_others", { domain: address.domain, port: address.port });
    } else {
      tls.renew(pem);
      log.info("edge.certificate_renewed", { domain: address.domain });
    }
    inUse = digest;
  }

  async function lead(): Promise<void> {
    if (httpPort === undefined || redirect !== undefined) return;
    const opening = openRedirect(edge, { address, challenges: () => challenges }, log);
    await opening.listen({ ...some("host", host), port: httpPort });
    redirect = opening;
  }

  async function set(pem: string | undefined, asked: string | undefined): Promise<void> {
    challenges = parseChallenges(asked ?? "");
    try {
      if (pem === undefined && asked === undefined) {
        await close();
        return;
      }
      if (pem === undefined) {
        await tls?.stop();
        [tls, inUse] = [undefined, ""];
      } else await serve(pem);
      await lead();
      told = "";
    } catch (error) {
      const reason = error instanceof Error ? error.message : String(error);
      if (reason !== told) log.error("edge.door_failed", { reason, domain: address.domain });
      told = reason;
    }
  }

  return { set, close };
}

/** Gives nothing when there is none; who wrote it has checked it. */
async function read(file: string): Promise<string | undefined> {
  try {
    return await readFile(file, "utf8");
  } catch {
    return undefined;
  }
}
