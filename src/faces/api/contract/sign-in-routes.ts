/**
 * The part of the table that signs people in. Routes with access `public` that change something ask for the
 * header `tidegate-request: 1` and for a request of our own pages, like every change under a session cookie.
 */
import { z } from "zod";
import {
  acceptInvitation,
  createInvitationRequest,
  invitation,
  invitationCreated,
  invitationList,
  invitationPasskeyOptions,
  invitationRead,
  readInvitation,
} from "./invitation.ts";
import {
  linkSignIn,
  othersEnded,
  othersOut,
  passkey,
  passkeyAdd,
  passkeyList,
  passkeyOptions,
  passkeyRename,
  passkeySignIn,
  passwordChange,
  passwordChanged,
  passwordSignIn,
  providerList,
  providerPut,
  providerResource,
  sessionList,
  signedOut,
  signInLink,
  signInWays,
  whoAmI,
} from "./sign-in.ts";

const id = z.string().min(1).max(100);
const open = { access: "public", kind: "json", status: 200 } as const;
const own = { access: "signed_in", kind: "json", status: 200 } as const;
const admin = {
  access: { permission: "people.write", on: "platform" },
  kind: "json",
  status: 200,
} as const;
const nothing = z.strictObject({});

export const signInRoutes = {
  "GET /api/v1/session/ways": {
    ...open,
    summary: "Says how people can sign in here.",
    response: signInWays,
  },
  "GET /api/v1/session": {
    ...own,
    summary: "Says who asks, and how they came in.",
    response: whoAmI,
  },
  "POST /api/v1/session/password": {
    ...open,
    status: 201,
    summary: "Signs in with name and password; sets the session cookie.",
    body: passwordSignIn,
    response: whoAmI,
  },
  "POST /api/v1/session/passkey/options": {
    ...open,
    summary: "Begins a sign-in with a passkey.",
    body: nothing,
    response: passkeyOptions,
  },
  "POST /api/v1/session/passkey": {
    ...open,
    status: 201,
    summary: "Signs in with a passkey; sets the session cookie.",
    body: passkeySignIn,
    response: whoAmI,
  },
  "POST /api/v1/session/link": {
    ...open,
    status: 201,
    summary: "Signs in with a one-time link; sets the session cookie.",
    body: linkSignIn,
    response: whoAmI,
  },
  "POST /api/v1/session/links": {
    ...own,
    status: 201,
    summary: "Makes a link that signs a browser of this machine in, once and within a minute.",
    body: z.strictObject({ returnTo: z.string().max(500).optional() }),
    response: signInLink,
  },
  "DELETE /api/v1/session": { ...own, summary: "Signs out.", response: signedOut },
  "GET /api/v1/sessions": { ...own, summary: "Lists one's own sessions.", response: sessionList },
  "DELETE /api/v1/sessions": {
    ...own,
    summary:
      "Ends all of one's own sessions but the present one, and the tokens one has made, unless they are to stay.",
    query: othersOut,
    response: othersEnded,
  },
  "DELETE /api/v1/sessions/:session": {
    ...own,
    summary: "Ends one of one's own sessions.",
    params: z.strictObject({ session: id }),
    response: signedOut,
  },
  "POST /api/v1/password": {
    ...own,
    summary:
      "Changes one's own password; ends one's other sessions, and the tokens one has made, unless they are to stay.",
    body: passwordChange,
    response: passwordChanged,
  },
  "GET /api/v1/passkeys": { ...own, summary: "Lists one's own passkeys.", response: passkeyList },
  "POST /api/v1/passkeys/options": {
    ...own,
    summary: "Begins to add a passkey.",
    body: nothing,
    response: passkeyOptions,
  },
  "POST /api/v1/passkeys": {
    ...own,
    status: 201,
    summary: "Adds a passkey.",
    body: passkeyAdd,
    response: passkey,
  },
  "PATCH /api/v1/passkeys/:passkey": {
    ...own,
    summary: "Renames a passkey.",
    params: z.strictObject({ passkey: id }),
    body: passkeyRename,
    response: passkey,
  },
  "DELETE /api/v1/passkeys/:passkey": {
    ...own,
    summary: "Removes a passkey; never the last way in.",
    params: z.strictObject({ passkey: id }),
    response: passkeyList,
  },
  "GET /api/v1/invitations": {
    ...admin,
    summary: "Lists invitations, newest first.",
    response: invitationList,
  },
  "POST /api/v1/invitations": {
    ...admin,
    status: 201,
    summary: "Makes an invitation: a link that makes its holder a user, once.",
    body: createInvitationRequest,
    response: invitationCreated,
  },
  "DELETE /api/v1/invitations/:invitation": {
    ...admin,
    summary: "Revokes an invitation that nobody has accepted.",
    params: z.strictObject({ invitation: id }),
    response: invitation,
  },
  "POST /api/v1/invitations/read": {
    ...open,
    summary: "Shows an invitation to whoever holds its link.",
    body: readInvitation,
    response: invitationRead,
  },
  "POST /api/v1/invitations/passkey-options": {
    ...open,
    summary: "Begins to accept an invitation with a passkey.",
    body: invitationPasskeyOptions,
    response: passkeyOptions,
  },
  "POST /api/v1/invitations/accept": {
    ...open,
    status: 201,
    summary: "Makes the user whom an invitation is for, and signs them in.",
    body: acceptInvitation,
    response: whoAmI,
  },
  "GET /api/v1/providers": {
    ...admin,
    summary: "Lists the OpenID Connect providers that this instance trusts.",
    response: providerList,
  },
  "POST /api/v1/providers/:provider": {
    ...admin,
    summary: "Adds or changes a provider, after looking at what its issuer publishes.",
    params: z.strictObject({ provider: id }),
    body: providerPut,
    response: providerResource,
  },
  "DELETE /api/v1/providers/:provider": {
    ...admin,
    summary: "Removes a provider; its users keep their other ways in.",
    params: z.strictObject({ provider: id }),
    response: providerList,
  },
} as const;
