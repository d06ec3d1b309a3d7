/** Which providers an operator trusts, and for whom. */
import { err, ok, some, type Result } from "#std";
import {
  parseTeamName,
  signed,
  type Actor,
  type CredentialEnded,
  type InvalidInput,
  type LimitReached,
  type NotFound,
  type Provider,
  type ProviderTrust,
  type SignIn,
  type Stored,
  type TeamName,
  type Unavailable,
} from "#domain";
import type { SignInContext } from "./context.ts";
import { providersMax } from "./limits.ts";
import { isLoopback } from "./provider-client.ts";

type NewProvider = Parameters<SignIn["putProvider"]>[0];

/** By name. */
export async function listProviders({ store }: SignInContext): Promise<readonly Provider[]> {
  const all = await store.list("provider", { limit: 2 * providersMax });
  return all.map(({ body }) => body).toSorted((a, b) => (a.name < b.name ? -1 : 1));
}

/** Keeps it, after its issuer was asked: a mistyped one is told now and not to whoever signs in first. */
export async function putProvider(
  input: NewProvider,
  actor: Actor,
  context: SignInContext,
): Promise<Result<Provider, InvalidInput | LimitReached | Unavailable | CredentialEnded>> {
  const { store, providers, clock } = context;
  const stored = await store.get("provider", input.name);
  const parsed = parseProvider(input, stored?.body.createdAt ?? clock.now());
  if (!parsed.ok) return parsed;
  const secret = secretOf(input, stored?.body);
  const provider: Provider = { ...parsed.value, ...some("clientSecret", secret) };
  if (stored === undefined && (await listProviders(context)).length >= providersMax) {
    return err(tooMany);
  }
  const answers = await providers.look(provider);
  if (!answers.ok) return answers;
  const keeping = async () => await keep({ provider, stored }, actor, context);
  const kept = await context.people.inTurn(actor.user, keeping);
  return kept === "moved" ? await putProvider(input, actor, context) : kept;
}

interface Keeping {
  readonly provider: Provider;
  readonly stored: Stored<Provider> | undefined;
}

/** The issuer may have taken its time: whoever asked may be out by now. */
async function keep(
  { provider, stored }: Keeping,
  actor: Actor,
  { store, people }: SignInContext,
): Promise<Result<Provider, CredentialEnded> | "moved"> {
  const held = await people.stillIn(actor);
  if (!held.ok) return held;
  const before = stored === undefined ? undefined : trustIn(stored.body);
  const data = { provider: provider.name, ...some("before", before), after: trustIn(provider) };
  const written = await store.commit({
    entries: [{ type: "dev.tidegate.provider.changed", ...signed(actor), data }],
    documents: [
      { kind: "provider", id: provider.name, body: provider, ifVersion: stored?.version ?? 0 },
      ...held.value,
    ],
  });
  return written.ok ? ok(provider) : "moved";
}

const tooMany: LimitReached = {
  code: "limit_reached",
  limit: "providers",
  allowed: providersMax,
  unit: "providers",
  next: "Remove one that is not used: tidegate provider list, tidegate provider remove NAME",
};

/** Left out, it stays as it is; but one issuer is never sent what another gave. */
function secretOf(
  { clientSecret, issuer }: NewProvider,
  before: Provider | undefined,
): string | undefined {
  return clientSecret ?? (before?.issuer === issuer ? before.clientSecret : undefined);
}

function trustIn({ name: _name, clientSecret, createdAt: _at, ...trust }: Provider): ProviderTrust {
  return { ...trust, hasSecret: clientSecret !== undefined };
}

export async function removeProvider(
  name: string,
  actor: Actor,
  { store }: SignInContext,
): Promise<Result<void, NotFound>> {
  const stored = await store.get("provider", name);
  if (stored === undefined) return err({ code: "not_found", what: "provider", name });
  const data = { provider: name, before: trustIn(stored.body) };
  const written = await store.commit({
    entries: [{ type: "dev.tidegate.provider.changed", ...signed(actor), data }],
    removals: [{ kind: "provider", id: name }],
  });
  // Somebody else removed it in between.
  return written.ok ? ok(undefined) : err({ code: "not_found", what: "provider", name });
}

function parseProvider(input: NewProvider, createdAt: number): Result<Provider, InvalidInput> {
  if (!/^[a-z](?:[a-z0-9-]{0,28}[a-z0-9])?$/.test(input.name)) {
    return invalid("provider", "1 to 30 of a-z, 0-9 and -, starting with a letter", input.name);
  }
  const issuer = URL.parse(input.issuer);
  const isUsable =
    issuer !== null &&
    (issuer.protocol === "https:" || (issuer.protocol === "http:" && isLoopback(issuer)));
  if (!isUsable || issuer.search !== "" || issuer.hash !== "" || issuer.username !== "") {
    return invalid(
      "issuer",
      "an https URL, as the provider's documentation names its issuer",
      input.issuer,
    );
  }
  const domains = input.emailDomains.map((domain) => domain.toLowerCase().replace(/^@/, ""));
  const broken = domains.find((domain) => !/^(?:[a-z0-9-]+\.)+[a-z0-9-]+$/.test(domain));
  if (broken !== undefined) return invalid("emailDomains", "domains such as example.org", broken);
  const teams = teamsOf(input.teams);
  if (!teams.ok) return teams;
  return ok({
    name: input.name,
    title: input.title,
    issuer: input.issuer,
    clientId: input.clientId,
    emailDomains: [...new Set(domains)],
    createsUsers: input.createsUsers,
    ...teams.value,
    createdAt,
  });
}

function teamsOf(teams: NewProvider["teams"]): Result<Pick<Provider, "teams">, InvalidInput> {
  if (teams === undefined) return ok({});
  const byGroup: Record<string, TeamName> = {};
  for (const [group, name] of Object.entries(teams.byGroup)) {
    const team = parseTeamName(name);
    if (!team.ok) return team;
    byGroup[group] = team.value;
  }
  return ok({ teams: { claim: teams.claim, byGroup } });
}

function invalid(field: string, expected: string, found: string): Result<never, InvalidInput> {
  return err({
    code: "invalid_input",
    field,
    expected,
    found: JSON.stringify(found.slice(0, 100)),
  });
}
