/** `tidegate token …`: credentials for programs, made once and ended at any time. */
import { formatInstant } from "#std";
import type { TokenResource } from "#faces/api/contract";
import { act } from "../act.ts";
import { CommandFailed } from "../command-failed.ts";
import { type ExitCode, exitCodes } from "../exit-code.ts";
import { renderTable } from "../render/table.ts";
import { ago } from "../render/words.ts";
import type { CommonOptions, Session } from "../session.ts";

export interface NewTokenOptions extends CommonOptions {
  readonly label: string;
  readonly read?: boolean;
  readonly push?: string;
  readonly for?: string;
  readonly expires: string;
}

export async function createToken(session: Session, options: NewTokenOptions): Promise<ExitCode> {
  const { parseDurationMs } = await import("#std");
  const expires = parseDurationMs(options.expires);
  if (!expires.ok) {
    throw new CommandFailed(`--expires is ${options.expires}; expected ${expires.error}`, {
      exitCode: exitCodes.usage,
      next: "--expires 90d",
    });
  }
  const reach = reachOf(options);
  const body = { label: options.label, reach, expiresInMs: expires.value };
  const whose = options.for === undefined ? "of your own" : `for ${options.for}`;
  const effect = `make a token ${whose} that ${reachWords(reach)}, for ${options.expires}`;
  const { for: owner } = options;
  const exitCode =
    owner === undefined
      ? await act(session, { key: "POST /api/v1/tokens", call: { body }, effect, render })
      : await act(session, {
          key: "POST /api/v1/users/:user/tokens",
          call: { params: { user: owner }, body },
          effect,
          render,
        });
  if (!session.isDryRun) {
    session.terminal.narrate(
      `this token ${reachWords(reach)}; it is shown this once\nnext: TIDEGATE_TOKEN=… tidegate whoami`,
    );
  }
  return exitCode;
}

/** The text alone on standard output: it goes into a variable or a file, and nowhere else. */
function render({ text }: { readonly text: string }): string {
  return text;
}

function reachOf({ read, push }: NewTokenOptions): TokenResource["reach"] {
  if (push !== undefined) return { kind: "push", app: push };
  return { kind: read === true ? "read" : "all" };
}

function reachWords(reach: TokenResource["reach"]): string {
  if (reach.kind === "push") return `pushes to ${reach.app} and nothing else`;
  return reach.kind === "read" ? "reads and changes nothing" : "may do all that its owner may do";
}

export async function listTokens(session: Session, owner?: string): Promise<ExitCode> {
  const { terminal } = session;
  const client = await session.client();
  const list =
    owner === undefined
      ? await client.call("GET /api/v1/tokens", {})
      : await client.call("GET /api/v1/users/:user/tokens", { params: { user: owner } });
  if (list.tokens.length === 0 && !session.isJson) {
    const none =
      owner === undefined
        ? "no tokens of your own; of somebody else: tidegate token list --of USER"
        : `no tokens of ${owner}`;
    const forWhom = owner === undefined ? "" : ` --for ${owner}`;
    terminal.narrate(`${none}\nnext: tidegate token create --label ci --push APP${forWhom}`);
    return exitCodes.done;
  }
  const columns = ["id", "label", "reach", "state", "last used"].map((title) => ({ title }));
  session.show(list, ({ tokens }) =>
    renderTable(
      columns,
      tokens.map((token) => rowOf(token, terminal.now())),
      terminal.paint,
    ),
  );
  return exitCodes.done;
}

function rowOf(token: TokenResource, now: number): readonly string[] {
  const { id, label, reach, lastUsedAt, lastAddress } = token;
  const used =
    lastUsedAt === undefined ? "never" : `${ago(lastUsedAt, now)} from ${lastAddress ?? "?"}`;
  return [
    id,
    label,
    reach.kind === "push" ? `push to ${reach.app}` : reach.kind,
    stateOf(token, now),
    used,
  ];
}

function stateOf({ revokedAt, isEnded, expiresAt }: TokenResource, now: number): string {
  if (revokedAt !== undefined) return "revoked";
  if (isEnded === true) return "ended";
  return now >= expiresAt ? "expired" : `until ${formatInstant(expiresAt)}`;
}

export async function revokeToken(session: Session, id: string): Promise<ExitCode> {
  return await act(session, {
    key: "DELETE /api/v1/tokens/:token",
    call: { params: { token: id } },
    effect: `end the token ${id} at once`,
    render: ({ label, owner }) => `token ${id} (${label}, of ${owner}) has ended`,
  });
}
