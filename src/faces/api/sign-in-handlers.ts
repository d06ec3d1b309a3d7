/** Handlers of the routes that sign people in and let them look after their ways in. */
import { err, ok, some, type Result } from "#std";
import {
  parseScope,
  type Admitted,
  type Grant,
  type InvalidInput,
  type SignIn,
  type WrongState,
} from "#domain";
import type { JsonRouteKey, RouteInput } from "#faces/api/contract";
import type { Handlers } from "./handlers.ts";
import type { ApiError } from "./problems.ts";
import {
  invitationResource,
  passkeyResource,
  providerResource,
  sessionResource,
  whoAmI,
} from "./sign-in-resources.ts";
import { tooLongAgo } from "./too-long-ago.ts";

export interface SignInOptions {
  readonly signIn: SignIn;
  /** Where browsers reach the console: `http://localhost:7420`. */
  readonly origin: string;
}

type Kind<Path extends string> = Extract<JsonRouteKey, `${string} /api/v1/${Path}${string}`>;
type SessionRoutes = Kind<"session"> | Kind<"password">;

export type SignInRoutes =
  | SessionRoutes
  | Kind<"passkeys">
  | Kind<"invitations">
  | Kind<"providers">;

export function signInHandlers(options: SignInOptions): Pick<Handlers, SignInRoutes> {
  return {
    ...beginning(options),
    ...ofSessions(options),
    ...ofPasskeys(options),
    ...ofInvitations(options),
    ...ofProviders(options),
  };
}

type Beginning = Extract<SessionRoutes, `${string} /api/v1/session/${string}`>;

function beginning({ signIn, origin }: SignInOptions): Pick<Handlers, Beginning> {
  return {
    "GET /api/v1/session/ways": async (_input, { at }) => {
      const { hasUsers, passkeysAt, providers } = await signIn.ways();
      return ok({
        hasUsers,
        hasPasskeys: passkeysAt !== undefined && at.origin === passkeysAt,
        ...(passkeysAt === undefined ? {} : { passkeysAt }),
        providers: providers.map(({ name, title }) => ({
          name,
          title,
          startUrl: `${origin}/auth/oidc/${name}/start`,
        })),
      });
    },
    "POST /api/v1/session/password": async ({ body }, { at }) => {
      const { user: name, password } = body;
      return await signedIn(await signIn.withPassword({ name, password }, at.browser), at, signIn);
    },
    "POST /api/v1/session/passkey/options": async (_input, { at }) =>
      begun(await signIn.beginPasskey(), at),
    "POST /api/v1/session/passkey": async ({ body }, { at }) =>
      await signedIn(await signIn.withPasskey(body.passkey, at.browser), at, signIn),
    "POST /api/v1/session/link": async ({ body }, { at }) =>
      await signedIn(await signIn.withLink(body.link, at.browser), at, signIn),
    "POST /api/v1/session/links": async ({ body }, { actor, at }) => {
      if (at.admitted !== undefined) return err(browserNeedsNone);
      const made = await signIn.makeLink(actor);
      if (!made.ok) return made;
      const { secret, expiresAt } = made.value;
      // What follows the # stays in the browser: neither a log nor a Referer gets to see it.
      const { returnTo } = body;
      const query =
        returnTo === undefined ? "" : `?${String(new URLSearchParams({ return: returnTo }))}`;
      return ok({ url: `${origin}/sign-in${query}#link=${secret}`, expiresAt });
    },
  };
}

const browserNeedsNone: WrongState = {
  code: "wrong_state",
  what: "browser",
  state: "signed in already",
  next: "Links are made by the command line: tidegate open.",
};

function ofSessions({ signIn }: SignInOptions): Pick<Handlers, Exclude<SessionRoutes, Beginning>> {
  return {
    "GET /api/v1/session": async (_input, { actor, at }) => {
      if (at.admitted !== undefined) return ok(await whoAmI(at.admitted, signIn));
      return ok({ actor: actor.name });
    },
    "DELETE /api/v1/session": async (_input, { at }) =>
      await withSession(at.admitted, async (admitted) => {
        const { id } = admitted.session;
        const out = await signIn.endSession(admitted, id);
        at.forget();
        // Another request ended it in between: then it is over as well.
        return ok({ ended: out.ok ? out.value : 0 });
      }),
    "GET /api/v1/sessions": async (_input, { at }) =>
      await withSession(at.admitted, async (admitted) => {
        const sessions = await signIn.sessions(admitted);
        return ok({ sessions: sessions.map((each) => sessionResource(each, admitted.session)) });
      }),
    "DELETE /api/v1/sessions": async ({ query }, { at }) =>
      await withSession(at.admitted, async (admitted) =>
        ok(await signIn.endOtherSessions(admitted, query.tokens)),
      ),
    "DELETE /api/v1/sessions/:session": async ({ params }, { at }) =>
      await withSession(at.admitted, async (admitted) => {
        if (params.session === admitted.session.id) at.forget();
        return ended(await signIn.endSession(admitted, params.session));
      }),
    "POST /api/v1/password": async ({ body }, { at }) =>
      await withSession(at.admitted, async (admitted) => {
        const { current, ...rest } = body;
        const input = { ...rest, ...some("current", current) };
        return await signIn.changePassword(input, admitted, at.browser);
      }),
  };
}

function ended<E>(result: Result<number, E>): Result<{ ended: number }, E> {
  return result.ok ? ok({ ended: result.value }) : result;
}

function ofPasskeys({ signIn }: SignInOptions): Pick<Handlers, Kind<"passkeys">> {
  return {
    "GET /api/v1/passkeys": async (_input, { at }) =>
      await withSession(at.admitted, async (admitted) => {
        const passkeys = await signIn.passkeys(admitted);
        return ok({ passkeys: passkeys.map((each) => passkeyResource(each, admitted)) });
      }),
    "POST /api/v1/passkeys/options": async (_input, { at }) =>
      await withSession(at.admitted, async (admitted) =>
        begun(await signIn.beginNewPasskey(admitted), at),
      ),
    "POST /api/v1/passkeys": async ({ body }, { at }) =>
      await withSession(at.admitted, async (admitted) => {
        const input = { label: body.label, answer: body.passkey };
        const added = await signIn.addPasskey(input, admitted, at.browser);
        at.endCeremony();
        return added.ok ? ok(passkeyResource(added.value, admitted)) : added;
      }),
    "PATCH /api/v1/passkeys/:passkey": async ({ params, body }, { at }) =>
      await withSession(at.admitted, async (admitted) => {
        const input = { id: params.passkey, label: body.label };
        const renamed = await signIn.renamePasskey(input, admitted);
        return renamed.ok ? ok(passkeyResource(renamed.value, admitted)) : renamed;
      }),
    "DELETE /api/v1/passkeys/:passkey": async ({ params }, { at }) =>
      await withSession(at.admitted, async (admitted) => {
        const left = await signIn.removePasskey(params.passkey, admitted);
        return left.ok
          ? ok({ passkeys: left.value.map((each) => passkeyResource(each, admitted)) })
          : left;
      }),
  };
}

function ofInvitations({ signIn, origin }: SignInOptions): Pick<Handlers, Kind<"invitations">> {
  return {
    "GET /api/v1/invitations": async () =>
      ok({ invitations: (await signIn.invitations()).map(invitationResource) }),
    "POST /api/v1/invitations": async ({ body }, asked) => {
      const stale = tooLongAgo("invite somebody", asked, signIn);
      if (stale !== undefined) return err(stale);
      const input = newInvitation(body);
      if (!input.ok) return input;
      const made = await signIn.invite(input.value, asked.actor);
      if (!made.ok) return made;
      const { invitation, token } = made.value;
      const [id = "", secret = ""] = token.split(".");
      return ok({
        ...invitationResource(invitation),
        url: `${origin}/invitations/${id}#${secret}`,
      });
    },
    "DELETE /api/v1/invitations/:invitation": async ({ params }, { actor }) => {
      const revoked = await signIn.revokeInvitation(params.invitation, actor);
      return revoked.ok ? ok(invitationResource(revoked.value)) : revoked;
    },
    "POST /api/v1/invitations/read": async ({ body }) => {
      const read = await signIn.readInvitation(body.token);
      if (!read.ok) {
        const { why, next } = read.error;
        return ok({ isOpen: false as const, why, next });
      }
      return ok({ ...invitationResource(read.value), isOpen: true as const });
    },
    "POST /api/v1/invitations/passkey-options": async ({ body }, { at }) =>
      begun(await signIn.beginInvitedPasskey(named(body)), at),
    "POST /api/v1/invitations/accept": async ({ body }, { at }) => {
      const { credential } = body;
      const given =
        credential.kind === "password"
          ? credential
          : { kind: credential.kind, label: credential.label, answer: credential.passkey };
      const accepted = await signIn.accept({ ...named(body), credential: given }, at.browser);
      return await signedIn(accepted, at, signIn);
    },
  };
}

function named({ token, name }: { readonly token: string; readonly name?: string | undefined }) {
  return { token, ...(name === undefined ? {} : { name }) };
}

type Invited = RouteInput<"POST /api/v1/invitations">["body"];

function newInvitation(
  body: Invited,
): Result<Parameters<SignIn["invite"]>[0], InvalidInput | WrongState> {
  const { note, name, forUser, teams, expiresInMs } = body;
  if (forUser !== undefined && (name !== undefined || body.grants.length + teams.length > 0)) {
    const expected = "without name, grants and teams: the user has them already";
    return err({ code: "invalid_input", field: "forUser", expected });
  }
  const grants: Grant[] = [];
  for (const { role, scope } of body.grants) {
    const parsed = parseScope(scope);
    if (!parsed.ok) return parsed;
    grants.push({ role, scope: parsed.value });
  }
  return ok({
    note,
    grants,
    teams,
    ...(name === undefined ? {} : { name }),
    ...(forUser === undefined ? {} : { forUser }),
    ...(expiresInMs === undefined ? {} : { expiresInMs }),
  });
}

function ofProviders({ signIn }: SignInOptions): Pick<Handlers, Kind<"providers">> {
  const list = async () => {
    const providers = await signIn.providers();
    return { providers: providers.map((provider) => providerResource(provider, signIn)) };
  };
  return {
    "GET /api/v1/providers": async () => ok(await list()),
    "POST /api/v1/providers/:provider": async ({ params, body }, asked) => {
      const stale = tooLongAgo("trust a provider", asked, signIn);
      if (stale !== undefined) return err(stale);
      const { title, clientSecret, teams, ...rest } = body;
      const input = {
        ...rest,
        name: params.provider,
        title: title ?? params.provider,
        ...(clientSecret === undefined ? {} : { clientSecret }),
        ...(teams === undefined ? {} : { teams }),
      };
      const put = await signIn.putProvider(input, asked.actor);
      return put.ok ? ok(providerResource(put.value, signIn)) : put;
    },
    "DELETE /api/v1/providers/:provider": async ({ params }, { actor }) => {
      const removed = await signIn.removeProvider(params.provider, actor);
      return removed.ok ? ok(await list()) : removed;
    },
  };
}

type At = Parameters<Handlers["GET /api/v1/session"]>[1]["at"];

async function signedIn(
  result: Awaited<ReturnType<SignIn["accept"]>> | Awaited<ReturnType<SignIn["withPassword"]>>,
  at: At,
  signIn: SignIn,
) {
  if (!result.ok) return result;
  at.keep(result.value);
  return ok(await whoAmI(result.value.admitted, signIn));
}

function begun<E extends ApiError>(
  result: Result<
    { readonly options: Readonly<Record<string, unknown>>; readonly ceremony: string },
    E
  >,
  at: At,
): Result<{ publicKey: Record<string, unknown> }, E> {
  if (!result.ok) return result;
  at.begin(result.value.ceremony);
  return ok({ publicKey: { ...result.value.options } });
}

/** What belongs to a browser: a token has no session to look after. */
async function withSession<T>(
  admitted: Admitted | undefined,
  work: (admitted: Admitted) => Promise<Result<T, ApiError>>,
): Promise<Result<T, ApiError>> {
  return admitted === undefined ? err(tokenHasNone) : await work(admitted);
}

const tokenHasNone: WrongState = {
  code: "wrong_state",
  what: "request",
  state: "made with a token, which has no session",
  next: "Sign in at the console, and do it there: tidegate open.",
};
