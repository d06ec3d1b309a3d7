/** The server's composition: opens the ground it stands on, joins the delivery to it, opens the API. */
import { hostname } from "node:os";
import { join } from "node:path";
import { some, Wakes } from "#std";
import {
  consoleHost,
  consoleUrl,
  publicHosts,
  sshUrl,
  type Clock,
  type Finding,
  type Log,
  type People,
  type PublicAddress,
  type Reach,
  type Runtime,
  type Store,
} from "#domain";
import { openSigner } from "#delivery/assure";
import { findRegistryEnvironment, findToolchain, openShelf } from "#delivery/build";
import { openDesk } from "#delivery";
import { createGitHost, type Push } from "#delivery/source";
import {
  type Authenticate,
  createApi,
  openTokens,
  readConsoleFiles,
  type Tokens,
} from "#faces/api";
import { type CertificateKeeper, keepCertificate, type KeeperOptions } from "#ground/certificates";
import { type EmbeddedDataPlane, embeddedDataPlane, serverSocketPath } from "#ground/mesh";
import { openChangeLogs, openLogReader, openMetrics } from "#ground/observe";
import { openPeople } from "#ground/people";
import { createProcessRuntime } from "#ground/platform";
import { openSignIn } from "#ground/sign-in";
import { type DatabaseOrigin, openBlobStore, openStore } from "#ground/storage";
import { openSsh, type Ssh } from "./server-ssh.ts";
import { version } from "./version.ts";

/** Beside the sources and beside what is built from them, the console is in the same place. */
const consoleDirectory = join(import.meta.dirname, "..", "dist", "faces", "console");

/** More than a certificate takes. */
const appsNamedMax = 1_000;

/** How long apps may take to end when Tidegate is stopped. */
const stopGraceMs = 10_000;

export interface ServerOptions {
  readonly dataDir: string;
  readonly port: number;
  readonly edgePort: number;
  /** Of git over SSH; absent: it is off. */
  readonly sshPort: number | undefined;
  readonly edgeNames: readonly string[];
  /** How others than this machine's reach it; absent: they do not. */
  readonly open?: Pick<KeeperOptions, "address" | "listenHost" | "source"> | undefined;
  /** Whose database DATABASE_URL leads to. */
  readonly database: DatabaseOrigin;
  readonly log: Log;
  readonly clock: Clock;
  readonly sayReady: () => Promise<void>;
}

/** Resolves when `signal` has aborted and everything is closed. */
export async function openServer(options: ServerOptions, signal: AbortSignal): Promise<void> {
  const { dataDir, log, clock, port, open } = options;
  const startedAt = clock.now();
  const connection = process.env["DATABASE_URL"] ?? "";
  const { signer, tokens, ...standing } = await openGround(options, connection);
  if (!signer.ok) throw new Error(signer.error.message);
  const { store, runtime, dataPlane, metrics } = standing;
  await using closing = new AsyncDisposableStack();
  for (const each of [store, runtime, dataPlane]) closing.use(each);
  const { people, newcomers, hasAdmin } = openPeople({ store, clock, log });
  const { origin, hostNames, ...shown } = knownAs(options);
  const appHosts = async () => await appHostsOf(store, open?.address);
  const door = open && keepCertificate({ ...open, dataDir, hasAdmin, appHosts, clock, log });
  const signIn = await openSignIn({ dataDir, store, people: newcomers, clock, log, origin });
  // Called in the opposite order: no one comes in any more, git ends what it serves, its clients are told.
  let ssh: Ssh | undefined;
  closing.defer(async () => await ssh?.door.gone);
  const git = closing.use(
    await createGitHost({ dataDir, log, clock, onPush: (push: Push) => desk.receive(push) }),
  );
  const desk = openDesk({
    ports: {
      ...standing,
      shelf: openShelf({ dataDir }),
      signer: signer.value,
      repositories: git,
      people,
      changeLogs: openChangeLogs({ dataDir, log }),
      logReader: openLogReader({ clock }),
      clock,
      log,
      dataDir,
      wakes: new Wakes(),
      ...shown,
      coverOf: door && ((host) => door.coverOf(host)),
    },
    worker: `${hostname()}/${process.pid}`,
    isWorkerGone,
    ...tellersOf(options, { connection, startedAt, dataPlane, door, ssh: () => ssh }),
  });
  const api = await createApi({
    delivery: desk,
    people,
    signIn,
    origin,
    hostNames,
    git,
    metrics,
    authenticate: either(tokens, people),
    log,
    clock,
    version,
    console: await readConsoleFiles(consoleDirectory),
  });
  closing.defer(async () => await api.close());
  ssh = await openSsh(options, { delivery: desk, people, git, url: shown.sshUrl, hasAdmin });
  closing.defer(() => ssh?.door.close());
  await Promise.all([
    desk.run(() => void listen(), signal),
    stopAppsAtEnd(runtime, signal),
    door?.run(signal),
  ]);
  // And what was being started meanwhile.
  if (signal.reason === "stop_all") await stopInstances(runtime);

  async function listen(): Promise<void> {
    await api.listen({ port, edgeSocket: open && (await serverSocketPath(dataDir)) });
    await door?.open();
    await ssh?.listen();
    await options.sayReady();
    log.info("server.ready", { port, startMs: clock.now() - startedAt });
  }
}

interface Told {
  readonly connection: string;
  readonly startedAt: number;
  readonly dataPlane: EmbeddedDataPlane;
  readonly door: CertificateKeeper | undefined;
  readonly ssh: () => Ssh | undefined;
}

/** What the server knows of itself that the desk does not. */
function tellersOf(
  { port, database }: ServerOptions,
  { connection, startedAt, dataPlane, door, ssh }: Told,
) {
  return {
    facts: async () => ({
      version,
      startedAt,
      edges: dataPlane.edges(),
      database: databaseName(connection, database),
      ...some("ssh", ssh()?.told()),
    }),
    findings: async () => [
      apiFinding(port),
      ...(ssh()?.findings() ?? []),
      ...((await door?.findings()) ?? []),
      ...(await dataPlane.findings()),
    ],
  };
}

/** By which names people reach it. */
function knownAs({ open, port, sshPort }: Pick<ServerOptions, "open" | "port" | "sshPort">) {
  const host = open === undefined ? "localhost" : consoleHost(open.address);
  const ssh = sshPort === undefined ? undefined : sshUrl(host, sshPort);
  if (open !== undefined) {
    const url = consoleUrl(open.address);
    const reach: Reach = { address: open.address, certificate: open.source.kind };
    return { origin: url, apiUrl: url, sshUrl: ssh, hostNames: [host], reach };
  }
  // By name: passkeys belong to names, and so do cookies; 127.0.0.1 has none.
  const origin = `http://localhost:${port}`;
  return { origin, apiUrl: `http://127.0.0.1:${port}`, sshUrl: ssh, hostNames: [] };
}

/** Under which names apps are reached from elsewhere, the oldest app first. */
async function appHostsOf(
  store: Pick<Store, "list">,
  address: PublicAddress | undefined,
): Promise<readonly string[]> {
  if (address === undefined) return [];
  const apps = await store.list("app", { limit: appsNamedMax });
  const living = apps.map(({ body }) => body).filter((app) => app.deletedAt === undefined);
  return publicHosts(living.toReversed(), address);
}

/** This machine's own key, or a token of somebody's. */
function either(
  machine: Pick<Tokens, "authenticate">,
  people: Pick<People, "admit">,
): Authenticate {
  return async (token, from) =>
    (await machine.authenticate(token)) ?? (await people.admit(token, from));
}

/** Opens what the server stands on; none of it waits for another. */
async function openGround(
  { dataDir, log, clock, port, edgeNames, edgePort, database, open }: ServerOptions,
  connection: string,
) {
  const apiUrl = `http://127.0.0.1:${port}`;
  const prometheus = process.env["TIDEGATE_PROMETHEUS"] ?? "";
  const platform = createProcessRuntime({
    dataDir,
    clock,
    log,
    allowUnsandboxed: isUnsandboxedAllowed(),
  });
  const running = async () => (await (await platform).instances()).map(({ id }) => id);
  const [store, blobs, runtime, dataPlane, signer, toolchain, registry, tokens, metrics] =
    await Promise.all([
      openStore({ connection, origin: database, clock, log }),
      openBlobStore(join(dataDir, "blobs")),
      platform,
      embeddedDataPlane({
        dataDir,
        edges: edgeNames,
        publicPort: edgePort,
        address: open?.address,
        log,
        clock,
      }),
      openSigner({ dataDir }),
      findToolchain(),
      findRegistryEnvironment(process.env),
      openTokens({ dataDir }),
      openMetrics({ dataDir, apiUrl, clock, log, prometheus, running }),
    ]);
  return { store, blobs, runtime, dataPlane, signer, toolchain, registry, tokens, metrics };
}

/** Stops them at once, beside whatever the desk brings to its end: it may wait for them to drain. */
async function stopAppsAtEnd(runtime: Runtime, signal: AbortSignal): Promise<void> {
  if (!signal.aborted) {
    await new Promise((resolve) => signal.addEventListener("abort", resolve, { once: true }));
  }
  if (signal.reason === "stop_all") await stopInstances(runtime);
}

async function stopInstances(runtime: Runtime): Promise<void> {
  const running = await runtime.instances();
  await Promise.all(running.map(async ({ id }) => await runtime.stop(id, stopGraceMs)));
}

/** Whether a server that held leases is known to have ended: it ran here, and its process is no more. */
function isWorkerGone(worker: string): boolean {
  const [host, pid] = worker.split("/");
  if (host !== hostname()) return false;
  if (Number(pid) === process.pid) return true;
  try {
    process.kill(Number(pid), 0);
    return false;
  } catch (error) {
    return error instanceof Error && "code" in error && error.code === "ESRCH";
  }
}

function isUnsandboxedAllowed(): boolean {
  return process.env["TIDEGATE_ALLOW_UNSANDBOXED"] === "yes";
}

/** Whoever reads it has come through that port. */
function apiFinding(port: number): Finding {
  const found = "the API listens, and git; on this machine only";
  return { name: `port ${port}`, state: "good", found };
}

/** Where the data is, without a password that may be in the URL. */
function databaseName(connection: string, origin: DatabaseOrigin): string {
  if (origin !== "url") return "PostgreSQL, embedded";
  const url = URL.parse(connection);
  return url === null ? "PostgreSQL" : `PostgreSQL at ${url.host}${url.pathname}`;
}
