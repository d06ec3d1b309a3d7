/** `tidegate ssh-key …`: public keys by which git over SSH knows somebody. The private half stays where it is. */
import { access } from "node:fs/promises";
import path from "node:path";
import { formatInstant } from "#std";
import type { SshKeyResource } from "#faces/api/contract";
import { act } from "../act.ts";
import { CommandFailed } from "../command-failed.ts";
import { home } from "../data-directory.ts";
import { type ExitCode, exitCodes } from "../exit-code.ts";
import { renderTable } from "../render/table.ts";
import { ago } from "../render/words.ts";
import type { CommonOptions, Session } from "../session.ts";
import { smallFile } from "../small-file.ts";
import { standardInput } from "../standard-input.ts";

export interface NewSshKeyOptions extends CommonOptions {
  readonly label?: string;
}

export async function addSshKey(
  session: Session,
  { label }: NewSshKeyOptions,
  named: string | undefined,
): Promise<ExitCode> {
  const { file, text } = await keyFrom(session, named);
  const { fingerprintOf, parseSshPublicKey } = await import("#domain");
  // Looked at before it is sent anywhere: it may be the private half.
  const parsed = parseSshPublicKey(text);
  if (!parsed.ok) {
    const { found, expected } = parsed.error;
    throw new CommandFailed(`${file} holds ${found ?? "no such key"}; expected ${expected}`, {
      exitCode: exitCodes.usage,
      next: "tidegate ssh-key add FILE.pub; a new one: ssh-keygen -t ed25519",
    });
  }
  const fingerprint = fingerprintOf(parsed.value.blob);
  const client = session.isDryRun ? undefined : await session.client();
  const exitCode = await act(session, {
    key: "POST /api/v1/ssh-keys",
    call: { body: { publicKey: text.trim(), ...(label === undefined ? {} : { label }) } },
    effect: `let whoever holds the private half of ${fingerprint} push as you`,
    render: (key) => `${key.id}  ${key.label}  ${key.fingerprint}`,
  });
  if (client === undefined) return exitCode;
  const { ssh } = await client.call("GET /api/v1/status", {});
  session.terminal.narrate(
    ssh === undefined
      ? "git over SSH is off here: tidegate up --ssh-port 7422"
      : `the host key of ${ssh.url} is ${ssh.hostKey}: ssh asks about it the first time\nnext: tidegate link APP --ssh`,
  );
  return exitCode;
}

/** Those that `ssh` itself would offer first. */
const usualFiles = ["id_ed25519.pub", "id_ecdsa.pub", "id_rsa.pub"];

async function keyFrom(
  session: Session,
  named: string | undefined,
): Promise<{ readonly file: string; readonly text: string }> {
  const { terminal } = session;
  if (named === "-") {
    return { file: "standard input", text: await standardInput(session, "the public key") };
  }
  const file = named ?? (await usualFile(terminal.env));
  return { file, text: await smallFile(terminal, file) };
}

async function usualFile(env: Session["terminal"]["env"]): Promise<string> {
  const directory = path.join(home(env), ".ssh");
  for (const name of usualFiles) {
    const file = path.join(directory, name);
    const isThere = await access(file).then(
      () => true,
      () => false,
    );
    if (isThere) return file;
  }
  throw new CommandFailed(`there is no key in ${directory}`, {
    exitCode: exitCodes.usage,
    next: "ssh-keygen -t ed25519, then tidegate ssh-key add again; or name the file",
  });
}

export async function listSshKeys(session: Session, owner?: string): Promise<ExitCode> {
  const { terminal } = session;
  const client = await session.client();
  const list =
    owner === undefined
      ? await client.call("GET /api/v1/ssh-keys", {})
      : await client.call("GET /api/v1/users/:user/ssh-keys", { params: { user: owner } });
  if (list.sshKeys.length === 0 && !session.isJson) {
    terminal.narrate("no SSH keys\nnext: tidegate ssh-key add");
    return exitCodes.done;
  }
  const columns = ["id", "label", "fingerprint", "ends", "last used"].map((title) => ({ title }));
  session.show(list, ({ sshKeys }) =>
    renderTable(
      columns,
      sshKeys.map((key) => rowOf(key, terminal.now())),
      terminal.paint,
    ),
  );
  return exitCodes.done;
}

function rowOf(key: SshKeyResource, now: number): readonly string[] {
  const { id, label, fingerprint, expiresAt, lastUsedAt, lastAddress } = key;
  const used =
    lastUsedAt === undefined ? "never" : `${ago(lastUsedAt, now)} from ${lastAddress ?? "?"}`;
  return [id, label, fingerprint, endOf(expiresAt, now), used];
}

function endOf(expiresAt: number | undefined, now: number): string {
  if (expiresAt === undefined) return "when removed";
  return now >= expiresAt ? "has ended" : formatInstant(expiresAt);
}

export async function removeSshKey(session: Session, key: string): Promise<ExitCode> {
  return await act(session, {
    key: "DELETE /api/v1/ssh-keys/:key",
    call: { params: { key } },
    effect: `remove the SSH key ${key}: it would open nothing from then on`,
    render: ({ id, label, owner }) => `SSH key ${id} (${label}, of ${owner}) is removed`,
  });
}
