/** `tidegate config …`: an app's environment variables; each change of them makes a new release. */
import { CommandFailed } from "../command-failed.ts";
import { type ExitCode, exitCodes } from "../exit-code.ts";
import type { Session } from "../session.ts";

export async function listConfig(session: Session): Promise<ExitCode> {
  const app = await session.app();
  const client = await session.client();
  const config = await client.call("GET /api/v1/apps/:app/config", { params: { app } });
  if (Object.keys(config.values).length === 0 && !session.isJson) {
    session.terminal.narrate(`${app} has no configuration\nnext: tidegate config set NAME=value`);
    return exitCodes.done;
  }
  session.show(config, ({ values }) =>
    Object.entries(values)
      .toSorted(([a], [b]) => (a < b ? -1 : 1))
      .map(([name, value]) => `${name}=${value}`)
      .join("\n"),
  );
  return exitCodes.done;
}

export async function setConfig(session: Session, pairs: readonly string[]): Promise<ExitCode> {
  const set = Object.fromEntries(pairs.map((pair) => parsePair(pair)));
  return changeConfig(session, { set });
}

export async function unsetConfig(session: Session, names: readonly string[]): Promise<ExitCode> {
  return changeConfig(session, { unset: [...names] });
}

async function changeConfig(
  session: Session,
  body: { readonly set?: Record<string, string>; readonly unset?: string[] },
): Promise<ExitCode> {
  const app = await session.app();
  const client = await session.client();
  const config = await client.call("PATCH /api/v1/apps/:app/config", { params: { app }, body });
  session.show(config, ({ version }) => `${app} has configuration version ${version}`);
  session.terminal.narrate("next: tidegate release list");
  return exitCodes.done;
}

/** Splits at the first `=`: values may hold more of them. */
function parsePair(pair: string): readonly [string, string] {
  const at = pair.indexOf("=");
  if (at > 0) return [pair.slice(0, at), pair.slice(at + 1)];
  throw new CommandFailed(`"${pair}" is no setting; expected NAME=value`, {
    exitCode: exitCodes.usage,
    next: "tidegate config set NAME=value",
  });
}
