/**
 * `tidegate link`: connects the repository here with an app. The token goes to git's own credential
 * store, in a file only its owner reads; nothing secret is in the URL or in the repository's settings.
 */
import type { AppResource } from "#faces/api/contract";
import { access, chmod, mkdir, open } from "node:fs/promises";
import path from "node:path";
import { CommandFailed } from "../command-failed.ts";
import { configDirectory } from "../data-directory.ts";
import { type ExitCode, exitCodes } from "../exit-code.ts";
import { git } from "../git.ts";
import type { Instance } from "../instance.ts";
import { renderPairs } from "../render/table.ts";
import type { Session } from "../session.ts";

// A pattern, although there is one such ref: git fails to fetch a plain ref that is not there yet.
const notesRefspec = "+refs/notes/tidegate*:refs/notes/tidegate*";

export interface LinkOptions {
  readonly ssh?: boolean;
}

export async function link(
  session: Session,
  { ssh = false }: LinkOptions,
  named?: string,
): Promise<ExitCode> {
  const { terminal } = session;
  const { cwd } = terminal;
  const top = await git(cwd, ["rev-parse", "--show-toplevel"]);
  if (!top.isDone) {
    throw new CommandFailed(`${cwd} is not in a git repository`, {
      exitCode: exitCodes.usage,
      next: "git init, commit something, then tidegate link again",
    });
  }
  const name = await session.app(named).catch(() => path.basename(top.text));
  const client = await session.client();
  const app = await client.call("GET /api/v1/apps/:app", { params: { app: name } });
  if (ssh) return linkOverSsh(session, app, top.text);
  if (session.isDryRun) return preview(session, { app, top: top.text, instance: client.instance });
  const from = await setRemote(cwd, app.gitUrl);
  const file = await storeCredential(terminal, { instance: client.instance, gitUrl: app.gitUrl });
  await trustSelfSigned(cwd, { instance: client.instance, gitUrl: app.gitUrl });
  session.show(app, () => {
    const rows = [
      ["remote", `tide -> ${app.gitUrl}`],
      ["credential", `${file}, for git only`],
      ["notes", "git fetch tide brings outcomes, git log --notes=tidegate shows them"],
    ] as const;
    return `this repository is linked to ${app.name}\n${renderPairs(rows, terminal.paint)}`;
  });
  await narrateNext(session, app, { from, to: app.gitUrl });
  return exitCodes.done;
}

interface Moved {
  readonly from: string | undefined;
  readonly to: string;
}

/** Where pushes went until now, and what comes before the first one. */
async function narrateNext(
  { terminal }: Session,
  { trackedBranch }: AppResource,
  { from, to }: Moved,
): Promise<void> {
  if (from !== undefined) {
    terminal.narrate(
      `the remote tide led to ${shownUrl(from)} until now; pushes go to ${to} instead`,
    );
  }
  const hasCommit = (await git(terminal.cwd, ["rev-parse", "--verify", "--quiet", "HEAD"])).isDone;
  const push = `git push tide ${trackedBranch}`;
  terminal.narrate(
    hasCommit ? `next: ${push}` : `nothing is committed here\nnext: git commit, then ${push}`,
  );
}

/** With a key there is nothing secret to keep: the remote is all. */
async function linkOverSsh(session: Session, app: AppResource, top: string): Promise<ExitCode> {
  const { terminal } = session;
  const { sshUrl } = app;
  const client = await session.client();
  if (sshUrl === undefined) {
    throw new CommandFailed("git over SSH is off here", {
      exitCode: exitCodes.usage,
      next: `tidegate link ${app.name}, or: tidegate up --ssh-port 7422`,
    });
  }
  const { sshKeys } = await client.call("GET /api/v1/ssh-keys", {});
  if (sshKeys.length === 0) {
    throw new CommandFailed("no SSH key of yours is known here", {
      exitCode: exitCodes.usage,
      next: "tidegate ssh-key add",
    });
  }
  if (session.isDryRun) {
    return session.showPreview({
      effects: [
        await remoteEffect(terminal.cwd, top, sshUrl),
        "fetch its notes with it, under refs/notes/tidegate*",
      ],
    });
  }
  const from = await setRemote(terminal.cwd, sshUrl);
  const { ssh } = await client.call("GET /api/v1/status", {});
  session.show(app, () => {
    const rows = [
      ["remote", `tide -> ${sshUrl}`],
      ["host key", ssh?.hostKey],
      ["notes", "git fetch tide brings outcomes, git log --notes=tidegate shows them"],
    ] as const;
    return `this repository is linked to ${app.name}\n${renderPairs(rows, terminal.paint)}`;
  });
  await narrateNext(session, app, { from, to: sshUrl });
  return exitCodes.done;
}

async function remoteEffect(cwd: string, top: string, url: string): Promise<string> {
  const known = await git(cwd, ["remote", "get-url", "tide"]);
  if (known.isDone && known.text === url) return `leave the remote tide of ${top} at ${url}`;
  const move = `move the remote tide of ${top} from ${shownUrl(known.text)}`;
  return `${known.isDone ? move : `add the remote tide to ${top}`} to ${url}`;
}

/** Without the name and the password that somebody may have put into it: what is said here ends up in logs. */
function shownUrl(url: string): string {
  return url.replaceAll(/(?<=:\/\/)[^/?#\s]*@/g, "");
}

interface Linking {
  readonly app: AppResource;
  readonly top: string;
  readonly instance: Instance;
}

async function preview(session: Session, { app, top, instance }: Linking): Promise<ExitCode> {
  const { cwd } = session.terminal;
  const remote = await remoteEffect(cwd, top, app.gitUrl);
  const file = credentialFile(session.terminal, instance);
  return session.showPreview({
    effects: [
      remote,
      "fetch its notes with it, under refs/notes/tidegate*",
      `keep the credential in ${file}, for git only`,
    ],
  });
}

function credentialFile({ env }: Session["terminal"], { dataDir }: Instance): string {
  return path.join(dataDir ?? configDirectory(env), "git-credentials");
}

/** Gives where it led before, when that was elsewhere. */
async function setRemote(cwd: string, gitUrl: string): Promise<string | undefined> {
  const known = await git(cwd, ["remote", "get-url", "tide"]);
  if (!known.isDone) await must(cwd, ["remote", "add", "tide", gitUrl]);
  else if (known.text !== gitUrl) {
    await must(cwd, ["remote", "set-url", "tide", gitUrl]);
    await forgetInstance(cwd, known.text);
  }
  const fetched = await git(cwd, ["config", "--get-all", "remote.tide.fetch"]);
  if (!fetched.text.split("\n").includes(notesRefspec)) {
    await must(cwd, ["config", "--add", "remote.tide.fetch", notesRefspec]);
  }
  return known.isDone && known.text !== gitUrl ? known.text : undefined;
}

/** What was configured for an instance to which no remote leads any more: our credential, and its certificate. */
async function forgetInstance(cwd: string, before: string): Promise<void> {
  const origin = URL.canParse(before) ? new URL(before).origin : "null";
  const { text: urls } = await git(cwd, ["config", "--get-regexp", String.raw`^remote\..*\.url$`]);
  // Of SSH there is no origin, and nothing is kept here for it.
  if (origin === "null" || urls.includes(`${origin}/`)) return;
  const { text: name } = await git(cwd, ["config", "--local", `credential.${origin}.username`]);
  if (name !== "tidegate") return;
  await git(cwd, ["config", "--local", "--remove-section", `credential.${origin}`]);
  await git(cwd, ["config", "--local", "--unset-all", `http.${origin}/.sslCAInfo`]);
}

async function storeCredential(
  terminal: Session["terminal"],
  { instance, gitUrl }: { readonly instance: Instance; readonly gitUrl: string },
): Promise<string> {
  const { origin, host, protocol } = new URL(gitUrl);
  const file = credentialFile(terminal, instance);
  await mkdir(path.dirname(file), { recursive: true, mode: 0o700 });
  // Made private before anything secret is in it.
  await (await open(file, "a", 0o600)).close();
  await chmod(file, 0o600);
  const input = [
    `protocol=${protocol.slice(0, -1)}`,
    `host=${host}`,
    "username=tidegate",
    `password=${instance.token}`,
    "",
    "",
  ].join("\n");
  const { cwd } = terminal;
  await must(cwd, ["credential-store", "--file", file, "store"], input);
  const key = `credential.${origin}`;
  await git(cwd, ["config", "--unset-all", `${key}.helper`]);
  // The empty one drops the helpers of other configuration files: the token is for this file alone.
  await must(cwd, ["config", "--add", `${key}.helper`, ""]);
  await must(cwd, ["config", "--add", `${key}.helper`, `store --file ${quoted(file)}`]);
  await must(cwd, ["config", `${key}.username`, "tidegate"]);
  return file;
}

/** Beside an instance that vouches for itself, git is told to take its certificate, for its address alone. */
async function trustSelfSigned(
  cwd: string,
  { instance, gitUrl }: { readonly instance: Instance; readonly gitUrl: string },
): Promise<void> {
  const { origin, protocol } = new URL(gitUrl);
  if (protocol !== "https:" || instance.dataDir === undefined) return;
  const key = `http.${origin}/.sslCAInfo`;
  const file = path.join(instance.dataDir, "tls", "self-signed.crt");
  const isThere = await access(file).then(
    () => true,
    () => false,
  );
  if (isThere) await must(cwd, ["config", key, file]);
  else await git(cwd, ["config", "--unset-all", key]);
}

/** Git gives a helper's text to a shell. */
function quoted(file: string): string {
  return `'${file.replaceAll("'", String.raw`'\''`)}'`;
}

async function must(cwd: string, argv: readonly string[], input?: string): Promise<void> {
  const { isDone, text } = await git(cwd, argv, input);
  if (isDone) return;
  throw new CommandFailed(`git ${argv[0] ?? ""} failed: ${text}`, {
    exitCode: exitCodes.platform,
    next: "tidegate doctor",
  });
}
