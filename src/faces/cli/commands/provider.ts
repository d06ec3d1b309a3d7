/** `tidegate provider …`: whose word is taken for who somebody is. */
import { CommandFailed } from "../command-failed.ts";
import { type ExitCode, exitCodes } from "../exit-code.ts";
import { renderTable } from "../render/table.ts";
import type { Session } from "../session.ts";
import { smallFile } from "../small-file.ts";
import { standardInput } from "../standard-input.ts";

export interface ProviderOptions {
  readonly issuer: string;
  readonly clientId: string;
  readonly title?: string;
  readonly secretFrom?: string;
  readonly emailDomain?: readonly string[];
  readonly createUsers?: boolean;
  readonly groups: string;
  readonly team?: readonly string[];
}

export async function setProvider(
  session: Session,
  options: ProviderOptions,
  name: string,
): Promise<ExitCode> {
  const body = bodyOf(options);
  const path = `/api/v1/providers/${encodeURIComponent(name)}`;
  if (session.isDryRun) {
    return session.showPreview({
      effects: [
        `take the word of ${body.issuer} for who somebody is, after asking what it publishes`,
      ],
      request: { method: "POST", path, body },
    });
  }
  const clientSecret = await secretFrom(session, options.secretFrom);
  const client = await session.client();
  const params = { provider: name };
  const kept = await client.call("POST /api/v1/providers/:provider", {
    params,
    body: { ...body, ...(clientSecret === undefined ? {} : { clientSecret }) },
  });
  session.show(kept, ({ callbackUrl }) => callbackUrl);
  session.terminal.narrate("register this redirect URI at the provider, if it is not there yet");
  return exitCodes.done;
}

/** Never an argument: everybody on the machine can read those. */
async function secretFrom(session: Session, where: string | undefined) {
  if (where === undefined) return undefined;
  if (where === "-") return await standardInput(session, "the client secret");
  return (await smallFile(session.terminal, where)).trim();
}

function bodyOf({ issuer, clientId, title, ...options }: ProviderOptions) {
  const pairs = (options.team ?? []).map((pair) => {
    const [, group = "", team = ""] = /^(.+)=([^=]+)$/.exec(pair) ?? [];
    if (group !== "") return [group, team] as const;
    throw new CommandFailed(`--team is "${pair}"; expected GROUP=TEAM`, {
      exitCode: exitCodes.usage,
      next: "tidegate provider set --help",
    });
  });
  return {
    issuer,
    clientId,
    ...(title === undefined ? {} : { title }),
    emailDomains: [...(options.emailDomain ?? [])],
    createsUsers: options.createUsers ?? false,
    ...(pairs.length === 0
      ? {}
      : { teams: { claim: options.groups, byGroup: Object.fromEntries(pairs) } }),
  };
}

export async function listProviders(session: Session): Promise<ExitCode> {
  const { terminal } = session;
  const list = await (await session.client()).call("GET /api/v1/providers", {});
  if (list.providers.length === 0 && !session.isJson) {
    terminal.narrate("no providers\nnext: tidegate provider set --help");
    return exitCodes.done;
  }
  const columns = ["name", "issuer", "for", "new users"].map((title) => ({ title }));
  session.show(list, ({ providers }) =>
    renderTable(
      columns,
      providers.map(({ name, issuer, emailDomains, createsUsers }) => [
        name,
        issuer,
        emailDomains.length === 0 ? "everybody" : emailDomains.join(", "),
        createsUsers ? "yes" : "no",
      ]),
      terminal.paint,
    ),
  );
  return exitCodes.done;
}

export async function removeProvider(session: Session, name: string): Promise<ExitCode> {
  if (session.isDryRun) {
    return session.showPreview({
      effects: [`stop taking the word of ${name}: who came in by it alone needs an invitation`],
      request: { method: "DELETE", path: `/api/v1/providers/${encodeURIComponent(name)}` },
    });
  }
  const client = await session.client();
  const params = { provider: name };
  const left = await client.call("DELETE /api/v1/providers/:provider", { params });
  session.show(left, () => `${name} is no longer asked`);
  return exitCodes.done;
}
