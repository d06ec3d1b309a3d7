/** Signing in with a provider: out to it and back, for one browser, once. */
import { randomBytes } from "node:crypto";
import { err, ok, some, type Result } from "#std";
import {
  newId,
  signed,
  type Actor,
  type Admitted,
  type Batch,
  type Browser,
  type CredentialRefused,
  type DocumentPut,
  type NewEntry,
  type NotFound,
  type Provider,
  type SignedIn,
  type SignInAgain,
  type Unavailable,
  type User,
  type UserId,
  type WrongState,
} from "#domain";
import type { SignInContext } from "./context.ts";
import { requireFresh } from "./fresh.ts";
import { ceremonyMsMax } from "./limits.ts";
import { machineHasNone } from "./passwords.ts";
import { emailOf, nameCandidates, teamsAfter } from "./provider-claims.ts";
import type { Claims, ProviderCeremony } from "./provider-client.ts";
import { hashOf } from "./secret.ts";
import { isLive } from "./session-state.ts";
import { openSession, originOf, otherSessions, usedUp } from "./sessions.ts";

const what = "answer of the provider";
const purpose = "provider.sign-in";
const restart = "Sign in again from the beginning.";

interface Ceremony extends ProviderCeremony {
  readonly provider: string;
  readonly issuer: string;
  readonly returnTo: string;
  readonly linkTo?: LinkTo;
}

/** A user who has signed in already, and wants to come in this way too: by which session, and since when. */
interface LinkTo {
  readonly user: UserId;
  readonly session: string;
  readonly at: number;
}

export interface Beginning {
  readonly provider: string;
  readonly returnTo: string;
  /** Who is to be linked with their account at the provider. */
  readonly linkTo?: Admitted;
}

type BeginError = NotFound | Unavailable | WrongState | SignInAgain;

export async function beginProviderSignIn(
  { provider: name, returnTo, linkTo }: Beginning,
  context: SignInContext,
): Promise<Result<{ readonly url: string; readonly ceremony: string }, BeginError>> {
  const stored = await context.store.get("provider", name);
  if (stored === undefined) return err({ code: "not_found", what: "provider", name });
  if (linkTo !== undefined) {
    if (linkTo.user === undefined) return err(machineHasNone("password"));
    const fresh = requireFresh(linkTo.session, "link an account", context);
    if (!fresh.ok) return fresh;
  }
  const provider = stored.body;
  const ceremony: Ceremony = {
    provider: name,
    issuer: provider.issuer,
    state: chance(),
    nonce: chance(),
    verifier: chance(),
    returnTo: pathWithin(returnTo, context.origin),
    ...some("linkTo", linkTo && linkToOf(linkTo, context)),
  };
  const url = await context.providers.authorizationUrl(
    provider,
    ceremony,
    callbackUrl(name, context),
  );
  if (!url.ok) return url;
  return ok({
    url: url.value,
    ceremony: context.seal.close(purpose, ceremony, context.clock.now()),
  });
}

function linkToOf({ user, session }: Admitted, { clock }: SignInContext): LinkTo | undefined {
  return user && { user: user.id, session: session.id, at: clock.now() };
}

export function callbackUrl(provider: string, { origin }: Pick<SignInContext, "origin">): string {
  return `${origin}/auth/oidc/${provider}/callback`;
}

const returnToCharactersMax = 500;

const chance = (): string => randomBytes(32).toString("base64url");

/** A path of ours and nothing else: nobody is sent to another site by a link that seems to be ours. */
export function pathWithin(text: string, origin: string): string {
  const isPath = /^\/(?![/\\])[\x21-\x7e]*$/.test(text) && !text.includes("\\");
  if (!isPath || text.length > returnToCharactersMax) return "/";
  const url = URL.parse(text, origin);
  return url === null || url.origin !== origin ? "/" : `${url.pathname}${url.search}${url.hash}`;
}

export async function endProviderSignIn(
  { provider: name, query }: { readonly provider: string; readonly query: string },
  browser: Browser,
  context: SignInContext,
): Promise<
  Result<SignedIn & { readonly returnTo: string }, NotFound | CredentialRefused | Unavailable>
> {
  const { store, seal, clock, providers } = context;
  const stored = await store.get("provider", name);
  if (stored === undefined) return err({ code: "not_found", what: "provider", name });
  const provider = stored.body;
  // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- authenticated: `begin` sealed it
  const ceremony = seal.open(purpose, browser.ceremony, clock.now()) as Ceremony | undefined;
  if (ceremony === undefined || ceremony.provider !== name || ceremony.issuer !== provider.issuer) {
    return refuse("belongs to another browser, or comes too late", restart);
  }
  const spent = await spend(ceremony, context);
  if (!spent.ok) return spent;
  const url = `${callbackUrl(name, context)}?${query}`;
  const claims = await providers.claims(provider, ceremony, url);
  if (!claims.ok) return claims;
  const whom = await userOf({ claims: claims.value, provider, ceremony, browser }, context);
  if (!whom.ok) return whom;
  const { user, batch } = whom.value;
  const enter = async () => await openSession({ user, way: "provider", browser, batch }, context);
  const opened = await context.people.inTurn(user.id, enter);
  if (!opened.ok) return err(usedUp(what, restart));
  return ok({ ...opened.value, returnTo: ceremony.returnTo });
}

/** Before the provider is asked: what was sent twice is asked once. */
async function spend(
  { state }: Ceremony,
  { store, clock }: SignInContext,
): Promise<Result<void, CredentialRefused>> {
  const at = clock.now();
  const id = hashOf(state);
  const put: DocumentPut = {
    kind: "spentCeremony",
    id,
    body: { at },
    ifVersion: 0,
    forgetAt: at + 2 * ceremonyMsMax,
  };
  const written = await store.commit({ documents: [put] });
  return written.ok ? ok(undefined) : err(usedUp(what, restart));
}

function refuse(why: string, next: string): Result<never, CredentialRefused> {
  return err({ code: "credential_refused", what, why, next });
}

interface Whom {
  readonly user: User;
  readonly batch: Pick<Batch, "entries" | "documents">;
}
interface Answer {
  readonly claims: Claims;
  readonly provider: Provider;
  readonly ceremony: Ceremony;
  readonly browser: Browser;
}

/** By issuer and subject, and by nothing else: an address can change hands. */
async function userOf(
  { claims, provider, ceremony, browser }: Answer,
  context: SignInContext,
): Promise<Result<Whom, CredentialRefused>> {
  const email = emailOf(claims, provider);
  if (!email.ok) return email;
  const key = hashOf(`${provider.issuer}\0${claims.sub}`);
  const identity = await context.store.get("identity", key);
  const holder = identity?.body.user;
  const wanted = ceremony.linkTo?.user;
  if (holder !== undefined && wanted !== undefined && holder !== wanted) {
    return refuse(
      "is of an account that belongs to another user here",
      "Sign in at the provider with another account.",
    );
  }
  const whose = holder ?? wanted;
  if (whose === undefined)
    return await newUser({ claims, provider, ceremony, browser, email: email.value, key }, context);
  const user = await context.people.user(whose);
  if (user === undefined || user.state === "disabled") {
    return mayNoLonger();
  }
  const link: Linking = { user, claims, provider, key, browser };
  return await known(link, holder === undefined ? ceremony.linkTo : "linked", context);
}

async function known(
  link: Linking,
  linkTo: LinkTo | "linked" | undefined,
  context: SignInContext,
): Promise<Result<Whom, CredentialRefused>> {
  const batch = linkTo === "linked" ? ok(noBatch) : await linked(link, linkTo, context);
  if (!batch.ok) return batch;
  const { user, claims, provider, browser } = link;
  const after = await followed({ user, claims, provider, browser }, context);
  if (after === undefined) return mayNoLonger();
  return ok({ user: after.user, batch: joined(after.batch, batch.value) });
}

function mayNoLonger(): Result<never, CredentialRefused> {
  return refuse(
    "is for a user who may no longer sign in",
    "Ask an administrator of this Tidegate.",
  );
}

const noBatch = { entries: [], documents: [] } as const;

function joined(
  a: Pick<Batch, "entries" | "documents">,
  b: Pick<Batch, "entries" | "documents">,
): Pick<Batch, "entries" | "documents"> {
  return {
    entries: [...(a.entries ?? []), ...(b.entries ?? [])],
    documents: [...(a.documents ?? []), ...(b.documents ?? [])],
  };
}

interface Linking {
  readonly user: User;
  readonly claims: Claims;
  readonly provider: Provider;
  readonly key: string;
  readonly browser: Browser;
}

/** Only while what began it goes on: neither an ended session nor an old password opens a new way in. */
async function linked(
  link: Linking,
  linkTo: LinkTo | undefined,
  context: SignInContext,
): Promise<Result<Pick<Batch, "entries" | "documents">, CredentialRefused>> {
  const { store, clock } = context;
  const { user } = link;
  const sessions = await otherSessions(user, undefined, context);
  const session = sessions.find(({ body }) => body.id === linkTo?.session);
  const password = await store.get("password", user.id);
  const isOver =
    linkTo === undefined ||
    session === undefined ||
    !isLive(session.body, user, clock.now()) ||
    (password !== undefined && password.body.changedAt > linkTo.at);
  if (isOver) {
    return refuse(
      "was asked for in a session that has ended, or before the password was changed",
      "Sign in, and link the account again under Security.",
    );
  }
  const { id, body, version } = session;
  const asItIs: DocumentPut = { kind: "session", id, body, ifVersion: version };
  return ok(joined(linking(link, context), { documents: [asItIs] }));
}

function linking({ user, claims, provider, key, browser }: Linking, { clock }: SignInContext) {
  const { issuer, name } = provider;
  const body = { user: user.id, issuer, subject: claims.sub, linkedAt: clock.now() };
  const data = { user: user.name, provider: name, subject: claims.sub };
  const by = signed({ name: user.name, user: user.id, grants: [], origin: originOf(browser) });
  const entry: NewEntry = { type: "dev.tidegate.identity.linked", ...by, data };
  const put: DocumentPut = { kind: "identity", id: key, owner: user.id, body, ifVersion: 0 };
  return { entries: [entry], documents: [put] };
}

/** Active from now on, and in the teams that the provider's groups say. */
async function followed(
  { user, claims, provider, browser }: Omit<Linking, "key">,
  context: SignInContext,
): Promise<Whom | undefined> {
  const teams = await existing(teamsAfter(user, claims, provider), context);
  const isSame =
    teams.length === user.teams.length && teams.every((team) => user.teams.includes(team));
  if (isSame && user.state === "active") return { user, batch: noBatch };
  const facts = { state: "active", teams } as const;
  const batch = await context.people.changed(user.id, facts, actorFor(provider, browser));
  return batch === undefined ? undefined : { user: { ...user, ...facts }, batch };
}

async function existing(teams: readonly User["teams"][number][], { people }: SignInContext) {
  const found = await Promise.all(
    teams.map(async (team) => ((await people.hasTeam(team)) ? [team] : [])),
  );
  return found.flat();
}

/** Who the journal names for what follows from the provider's word. */
function actorFor({ name }: Provider, browser: Browser): Actor {
  return { name: `provider:${name}`, grants: [], origin: originOf(browser) };
}

async function newUser(
  {
    claims,
    provider,
    key,
    email,
    browser,
  }: Answer & { readonly key: string; readonly email: string | undefined },
  context: SignInContext,
): Promise<Result<Whom, CredentialRefused>> {
  if (!provider.createsUsers) {
    return refuse(
      "is of an account that nobody here has linked",
      "Sign in another way and link it under Security, or ask an administrator for an invitation.",
    );
  }
  const { people, clock } = context;
  for (const name of nameCandidates(claims)) {
    if ((await people.userByName(name)) !== undefined) continue;
    const now = clock.now();
    const user: User = {
      id: newId("usr", () => clock.random()),
      name,
      state: "active",
      ...(email === undefined ? {} : { email }),
      createdAt: now,
      createdBy: `provider:${provider.name}`,
      credentialsFromAt: now,
      teams: await existing(teamsAfter({ teams: [] }, claims, provider), context),
      grants: [],
    };
    const made = people.written(user, actorFor(provider, browser));
    return ok({
      user,
      batch: joined(made, linking({ user, claims, provider, key, browser }, context)),
    });
  }
  return refuse(
    "suggests a name that is taken here in every form",
    "Ask an administrator for an invitation.",
  );
}
