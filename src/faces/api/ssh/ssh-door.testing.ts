/** The door of SSH, keys it knows and does not know, and a client that can be made to misbehave. */
import assert from "node:assert/strict";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { TestContext } from "node:test";
import ssh2, { type ConnectConfig } from "ssh2";
import { ok } from "#std";
import { machineActor, parseScope, type Actor } from "#domain";
import { crewAt } from "../crew.testing.ts";
import { shopAt } from "../shop.testing.ts";
import { realClock, silentLog } from "../surroundings.testing.ts";
import { openHostKey } from "./host-key.ts";
import { newKeyPair } from "./key-pair.ts";
import { openSshDoor } from "./ssh-door.ts";
import type { GitConversations } from "./ssh-session.ts";

export const deadline = { timeout: 60_000 };
const scope = parseScope("app:shop");
assert.ok(scope.ok);
const viewer: Actor = { name: "vi", grants: [{ role: "viewer", scope: scope.value }] };

async function newKey() {
  const { privateKey } = await newKeyPair("test");
  const parsed = ssh2.utils.parseKey(privateKey);
  assert.ok(!(parsed instanceof Error) && !Array.isArray(parsed));
  return { privateKey, blob: parsed.getPublicSSH() };
}

export const ana = await newKey();
export const vi = await newKey();
export const stranger = await newKey();

export async function open(t: TestContext, converse?: GitConversations["converse"]) {
  const dataDir = await mkdtemp(join(tmpdir(), "tidegate-ssh-"));
  const known = new Map<string, Actor>([
    [ana.blob.toString("hex"), machineActor],
    [vi.blob.toString("hex"), viewer],
  ]);
  const asked: { readonly actor: string; readonly service: string; readonly protocol?: string }[] =
    [];
  const door = openSshDoor({
    delivery: shopAt(Date.now()),
    people: {
      ...crewAt(Date.now()),
      admitSshKey: async (blob, origin) => {
        const actor = known.get(Buffer.from(blob).toString("hex"));
        return actor && { ...actor, origin };
      },
    },
    git: {
      converse:
        converse ??
        (async ({ actor, service, protocol, output }) => {
          asked.push({ actor, service, ...(protocol === undefined ? {} : { protocol }) });
          output.write("packed");
          return ok(7);
        }),
    },
    hostKey: await openHostKey(dataDir),
    url: "ssh://git@localhost:7422",
    log: silentLog,
    clock: realClock,
  });
  const { port } = await door.listen({ host: "127.0.0.1", port: 0 });
  const clients: InstanceType<typeof ssh2.Client>[] = [];
  t.after(async () => {
    for (const client of clients) client.destroy();
    door.close();
    await door.gone;
    await rm(dataDir, { recursive: true, force: true });
  });
  const meet = async (more: ConnectConfig = {}) => {
    const client = new ssh2.Client();
    client.connect({
      host: "127.0.0.1",
      port,
      username: "git",
      privateKey: ana.privateKey,
      ...more,
    });
    clients.push(client);
    return await new Promise<InstanceType<typeof ssh2.Client>>((resolve, reject) => {
      client.once("ready", () => resolve(client)).on("error", reject);
      client.once("close", () => reject(new Error("it was let go")));
    });
  };
  return { door, port, known, asked, meet };
}

interface Told {
  readonly code: number | undefined;
  readonly out: string;
  readonly error: string;
}

export async function exec(
  client: InstanceType<typeof ssh2.Client>,
  command: string,
  env: Record<string, string> = {},
): Promise<Told> {
  return await new Promise<Told>((resolve, reject) => {
    client.exec(command, { env }, (fault, channel) => {
      if (fault) return reject(fault);
      const told = { code: undefined as number | undefined, out: "", error: "" };
      channel.on("data", (piece: Buffer) => (told.out += piece.toString()));
      channel.stderr.on("data", (piece: Buffer) => (told.error += piece.toString()));
      channel.on("exit", (status: number) => (told.code = status));
      channel.once("close", () => resolve(told));
      return undefined;
    });
  });
}

export const fails = async (ask: (done: (error: Error | undefined | null) => void) => unknown) =>
  await new Promise<boolean>((resolve) => ask((error) => resolve(error instanceof Error)));

/** What no honest client says: the library's own words have to be put on the wire. */
export function say(
  client: InstanceType<typeof ssh2.Client>,
  word: string,
  args: readonly unknown[],
) {
  const protocol: unknown = Reflect.get(client, "_protocol");
  assert.ok(typeof protocol === "object" && protocol !== null);
  const said: unknown = Reflect.get(protocol, word);
  assert.ok(typeof said === "function");
  Reflect.apply(said, protocol, args);
}
