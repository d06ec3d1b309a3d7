/** The part of the table that is about people: who there is, what they may do, their tokens and SSH keys. */
import { z } from "zod";
import {
  addSshKeyRequest,
  createTeamRequest,
  createTokenRequest,
  createUserRequest,
  heldGrant,
  heldGrantList,
  me,
  rights,
  role,
  scopeText,
  sshKey,
  sshKeyList,
  team,
  teamList,
  teamName,
  token,
  tokenCreated,
  tokenList,
  user,
  userList,
} from "./people.ts";

const json = { kind: "json", status: 200 } as const;
const name = z.string().min(1).max(100);
const ofUser = z.strictObject({ user: name });
const ofTeam = z.strictObject({ team: name });
const ofMember = z.strictObject({ team: name, user: name });
/** `to`: a user's name, or `team:NAME`. */
const ofGrant = z.strictObject({ scope: scopeText, to: name, role });

const people = (permission: "people.read" | "people.write") =>
  ({ ...json, access: { permission, on: "platform" } }) as const;
const own = { ...json, access: "signed_in" } as const;

export const peopleRoutes = {
  "GET /api/v1/me": { ...own, summary: "Says who asks, and what they may do.", response: me },
  "GET /api/v1/rights": {
    ...json,
    access: { permission: "app.read", on: "each" },
    summary:
      "Says what one may do to an app, or without `app` to the platform, and who could grant the rest.",
    query: z.strictObject({ app: name.optional() }),
    response: rights,
  },
  "GET /api/v1/users": {
    ...people("people.read"),
    summary: "Lists the users, in the order in which they came.",
    response: userList,
  },
  "POST /api/v1/users": {
    ...people("people.write"),
    status: 201,
    summary: "Creates a user, who has no way in yet.",
    body: createUserRequest,
    response: user,
  },
  "GET /api/v1/users/:user": {
    ...people("people.read"),
    summary: "Shows a user.",
    params: ofUser,
    response: user,
  },
  "POST /api/v1/users/:user/disable": {
    ...people("people.write"),
    summary: "Disables a user: their tokens and sessions end at once.",
    params: ofUser,
    response: user,
  },
  "POST /api/v1/users/:user/enable": {
    ...people("people.write"),
    summary: "Lets a disabled user sign in again.",
    params: ofUser,
    response: user,
  },
  "GET /api/v1/teams": {
    ...json,
    access: { permission: "team.read", on: "each" },
    summary: "Lists the teams that the actor may see.",
    response: teamList,
  },
  "POST /api/v1/teams": {
    ...people("people.write"),
    status: 201,
    summary: "Creates a team without members.",
    body: createTeamRequest,
    response: team,
  },
  "GET /api/v1/teams/:team": {
    ...json,
    access: { permission: "team.read", on: "team" },
    summary: "Shows a team and its members.",
    params: ofTeam,
    response: team,
  },
  "DELETE /api/v1/teams/:team": {
    ...people("people.write"),
    summary: "Deletes a team that owns no app, with all that was granted for it.",
    params: ofTeam,
    response: teamName,
  },
  "PUT /api/v1/teams/:team/members/:user": {
    ...json,
    access: { permission: "team.write", on: "team" },
    summary: "Puts a user into a team.",
    params: ofMember,
    response: team,
  },
  "DELETE /api/v1/teams/:team/members/:user": {
    ...json,
    access: { permission: "team.write", on: "team" },
    summary: "Takes a user out of a team.",
    params: ofMember,
    response: team,
  },
  "GET /api/v1/grants": {
    ...json,
    access: { permission: "people.read", on: "query" },
    summary: "Lists grants; with `app`, those that let somebody do something to it.",
    query: z.strictObject({ app: name.optional() }),
    response: heldGrantList,
  },
  "PUT /api/v1/grants/:scope/:to/:role": {
    ...json,
    access: { permission: "grant.write", on: "scope" },
    summary: "Gives a role within a scope to a user or a team.",
    params: ofGrant,
    response: heldGrant,
  },
  "DELETE /api/v1/grants/:scope/:to/:role": {
    ...json,
    access: { permission: "grant.write", on: "scope" },
    summary: "Takes a role within a scope from a user or a team.",
    params: ofGrant,
    response: heldGrant,
  },
  "GET /api/v1/tokens": { ...own, summary: "Lists one's own tokens.", response: tokenList },
  "POST /api/v1/tokens": {
    ...own,
    status: 201,
    summary: "Makes a token of one's own; its text is given once.",
    body: createTokenRequest,
    response: tokenCreated,
  },
  "DELETE /api/v1/tokens/:token": {
    ...own,
    summary: "Ends a token at once: one's own, or as admin of the platform anybody's.",
    params: z.strictObject({ token: name }),
    response: token,
  },
  "GET /api/v1/ssh-keys": { ...own, summary: "Lists one's own SSH keys.", response: sshKeyList },
  "POST /api/v1/ssh-keys": {
    ...own,
    status: 201,
    summary: "Adds a public key of one's own, to push with git over SSH.",
    body: addSshKeyRequest,
    response: sshKey,
  },
  "DELETE /api/v1/ssh-keys/:key": {
    ...own,
    summary: "Removes an SSH key: one's own, or as admin of the platform anybody's.",
    params: z.strictObject({ key: name }),
    response: sshKey,
  },
  "GET /api/v1/users/:user/ssh-keys": {
    ...people("people.read"),
    summary: "Lists a user's SSH keys.",
    params: ofUser,
    response: sshKeyList,
  },
  "GET /api/v1/users/:user/tokens": {
    ...people("people.read"),
    summary: "Lists a user's tokens.",
    params: ofUser,
    response: tokenList,
  },
  "POST /api/v1/users/:user/tokens": {
    ...people("people.write"),
    status: 201,
    summary: "Makes a token for a user; its text is given once.",
    params: ofUser,
    body: createTokenRequest,
    response: tokenCreated,
  },
} as const;
