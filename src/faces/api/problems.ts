/** The one mapper from errors to RFC 9457 problems, and the words for each code. */
import { formatDurationMs, unreachable, type Full } from "#std";
import {
  forbiddenInWords,
  invalidInputInWords,
  nextOfForbidden,
  staleStepInWords,
  wrongStateInWords,
  type DomainError,
} from "#domain";
import type { ProblemCode, ProblemResource } from "#faces/api/contract";

/** What only a face can meet. */
export type FaceError =
  /** `given`: what was shown, and is not known here, or no longer. */
  | {
      readonly code: "unauthenticated";
      readonly given: "nothing" | "token" | "part of a token" | "session";
    }
  | { readonly code: "too_many_attempts"; readonly retryAfterMs: number }
  | { readonly code: "host_refused"; readonly host: string }
  | { readonly code: "cross_site_refused"; readonly reason: string }
  | { readonly code: "malformed_request"; readonly detail: string; readonly field?: string }
  | { readonly code: "body_too_large"; readonly allowedBytes: number }
  | { readonly code: "unsupported_media_type"; readonly found: string }
  | { readonly code: "route_not_found"; readonly route: string }
  | ({ readonly code: "too_many_streams" } & Full)
  | ({ readonly code: "too_many_searches"; readonly retryAfterMs: number } & Full)
  | { readonly code: "internal" };

export type ApiError = DomainError | FaceError;

interface Words {
  readonly status: number;
  readonly title: string;
  /** A paragraph for the code's page. */
  readonly meaning: string;
  readonly next: string;
}

export const problemWords = {
  invalid_input: {
    status: 400,
    title: "Something in the request is not as it must be",
    meaning: "A value has the wrong form. The detail names it, and what was expected instead.",
    next: "Correct the value and ask again.",
  },
  forbidden: {
    status: 403,
    title: "Not with these rights",
    meaning:
      "You may see this and not do that. The detail names the permission it takes. " +
      "What you may not even see is answered as if it did not exist.",
    next: "Ask an admin for a role that has the permission.",
  },
  not_found: {
    status: 404,
    title: "There is no such thing",
    meaning:
      "What was named does not exist on this instance, or you may not see it: both are answered alike.",
    next: "List what there is: tidegate app list, change list or release list.",
  },
  already_exists: {
    status: 409,
    title: "It exists already",
    meaning: "Something with this name was created before. Nothing was changed.",
    next: "Use it as it is, or choose another name.",
  },
  wrong_state: {
    status: 409,
    title: "Not possible in its present state",
    meaning: "The request is in order, but its subject is not in a state that allows it.",
    next: "Look at its state: tidegate change show.",
  },
  stale_step: {
    status: 409,
    title: "Meant for another step",
    meaning:
      "The rollout is not in the step that was named: it has moved on, or is not there yet. " +
      "What was meant for one step is never applied to another.",
    next: "Look at what it is in now: tidegate rollout show.",
  },
  limit_reached: {
    status: 422,
    title: "A limit was reached",
    meaning: "The request goes beyond a bound that keeps this instance healthy.",
    next: "Ask for less, or make room first: the detail names what there is too much of.",
  },
  version_conflict: {
    status: 409,
    title: "Somebody else wrote first",
    meaning: "What the request rests on has changed since it was read. Nothing was overwritten.",
    next: "Ask again: it will be decided on what is there now.",
  },
  fence_lost: {
    status: 503,
    title: "The work has passed to another worker",
    meaning: "The server that handled the request lost its claim before it was done.",
    next: "Ask again in a moment.",
  },
  unavailable: {
    status: 503,
    title: "Temporarily not available",
    meaning: "Something this request needs does not answer at present.",
    next: "Ask again in a moment; tidegate doctor says what is wrong.",
  },
  sign_in_refused: {
    status: 401,
    title: "Name or password is not right",
    meaning:
      "There is no user of this name with this password who may sign in. Which of these it is, is not said.",
    next: "Check both and try again, or use a passkey; an administrator can invite you anew.",
  },
  credential_refused: {
    status: 403,
    title: "This does not let you in",
    meaning:
      "A link, an invitation, a passkey or the answer of a provider has expired, was used or taken back, " +
      "was meant for another site or request, or is not of this instance. The detail says which.",
    next: "Begin again, or ask for a new one.",
  },
  sign_in_again: {
    status: 403,
    title: "Sign in once more",
    meaning:
      "What gives a way in or a right (a password, a passkey, a token, an SSH key, an invitation, a provider, a role) is " +
      "given only within a quarter of an hour after signing in, so that a browser that was left open does not give away the account.",
    next: "Sign in once more, then do it again.",
  },
  credential_ended: {
    status: 401,
    title: "Ended while this was under way",
    meaning:
      "The session or token by which the request came was ended, or its user was disabled, after the request " +
      "was let in. What gives a way in is made only while what asked for it goes on, so nothing was made.",
    next: "Sign in, or use a token that is in force, and do it again.",
  },
  too_many_sign_ins: {
    status: 429,
    title: "Too many wrong passwords",
    meaning:
      "After several wrong passwords each further attempt has to wait, up to a quarter of an hour. Browsers " +
      "in which the user has signed in before are counted by themselves; passkeys and providers are not.",
    next: "Wait as long as the detail says, or sign in with a passkey or a provider.",
  },
  unauthenticated: {
    status: 401,
    title: "Who are you?",
    meaning:
      "The request carries no token and no session, or one that is not known here, or no longer.",
    next: "In a browser, sign in. Elsewhere send a token: one of yours (tidegate token create) or, on this machine, the one in the file admin-token; for git: tidegate link.",
  },
  too_many_attempts: {
    status: 429,
    title: "Too many wrong tokens",
    meaning: "Many wrong tokens came from this address. A right one is still accepted.",
    next: "Check the token, and wait before trying another one.",
  },
  host_refused: {
    status: 421,
    title: "Not known under this name",
    meaning:
      "The Host header is not a name of this instance. This keeps web pages from reaching it.",
    next: "Use the URL that tidegate status prints.",
  },
  cross_site_refused: {
    status: 403,
    title: "Not asked for by our own pages",
    meaning:
      "The request came with a browser's session, or would begin one, and another site seems to have " +
      "caused it. Only pages of this instance may do that, with the header tidegate-request: 1.",
    next: "Open the console at its own address and try there; scripts send a token instead.",
  },
  malformed_request: {
    status: 400,
    title: "The request cannot be understood",
    meaning: "The request, or its body, does not follow the API's document.",
    next: "Compare it with /api/v1/openapi.json.",
  },
  body_too_large: {
    status: 413,
    title: "The body is too large",
    meaning: "Bodies of requests are bounded.",
    next: "Send less at once.",
  },
  unsupported_media_type: {
    status: 415,
    title: "This kind of body is not understood",
    meaning: "The API takes JSON and nothing else.",
    next: "Send JSON with content-type: application/json.",
  },
  route_not_found: {
    status: 404,
    title: "No such page",
    meaning: "Nothing is served at this address.",
    next: "See /api/v1/openapi.json for what there is.",
  },
  too_many_streams: {
    status: 429,
    title: "Too many followers",
    meaning:
      "The number of streams that may be open at once has been reached: of one user, or of all. " +
      "The detail says which.",
    next: "Close one, such as a page of the console, or ask again in a moment.",
  },
  too_many_searches: {
    status: 429,
    title: "Too many searches at once",
    meaning:
      "A search reads a log from end to end, so few run at once: of one user, and of all. The detail says which.",
    next: "Wait until one has ended, then search again.",
  },
  internal: {
    status: 500,
    title: "Internal error",
    meaning:
      "Something went wrong on our side. The log has the whole story under the request's id.",
    next: "Look for the request's id in the server's log.",
  },
} as const satisfies Record<ProblemCode, Words>;

/** Gives the problem for an error: its status and its body. */
export function problemOf(error: ApiError, requestId: string): ProblemResource {
  const words = problemWords[error.code];
  const field = "field" in error && error.field !== undefined ? { field: error.field } : {};
  const retry = "retryAfterMs" in error ? { retryAfterMs: error.retryAfterMs } : {};
  return {
    type: problemPath(error.code),
    title: words.title,
    status: words.status,
    detail: detailOf(error),
    instance: `urn:tidegate:request:${requestId}`,
    code: error.code,
    next: nextOf(error),
    ...field,
    ...retry,
    ...(error.code === "forbidden" ? { permission: error.permission } : {}),
  };
}

/** The page that explains a code: `/problems/not-found`. */
export function problemPath(code: ProblemCode): string {
  return `/problems/${code.replaceAll("_", "-")}`;
}

function nextOf(error: ApiError): string {
  if (error.code === "forbidden") return nextOfForbidden(error);
  if (error.code === "already_exists" && error.what === "SSH key") return sshKeyIsThere;
  if (error.code === "not_found") return nextOfMissing(error.what);
  if (error.code === "invalid_input" || error.code === "limit_reached") {
    return error.next ?? problemWords[error.code].next;
  }
  const isOwn = error.code === "wrong_state" || error.code === "credential_refused";
  return isOwn ? error.next : problemWords[error.code].next;
}

// One arm per code, each a single line: a table that needs its row's facts.
// oxlint-disable-next-line complexity
function detailOf(error: ApiError): string {
  switch (error.code) {
    case "invalid_input":
      return invalidInput(error);
    case "forbidden":
      return forbiddenInWords(error);
    case "not_found":
      return `there is no ${error.what} "${error.name}"`;
    case "already_exists":
      return `${error.what} "${error.name}" exists already`;
    case "wrong_state":
      return wrongStateInWords(error);
    case "stale_step":
      return staleStepInWords(error);
    case "limit_reached":
      return `the most for ${error.limit} is ${error.allowed} ${error.unit}${found(error.found)}`;
    case "version_conflict":
      return `${error.kind} "${error.id}" was changed meanwhile`;
    case "fence_lost":
      return `${error.work} has passed to another worker`;
    case "unavailable":
      return `${error.what} is not available: ${error.reason}`;
    case "sign_in_refused":
      return "name or password is not right";
    case "credential_refused":
      return `the ${error.what} ${error.why}`;
    case "sign_in_again":
      return `the sign-in is too long ago to ${error.toDo}`;
    case "credential_ended":
      return `${endedMeanwhile[error.what]} while this was under way; nothing was made`;
    case "too_many_sign_ins":
      return `too many wrong passwords; wait ${formatDurationMs(error.retryAfterMs)}`;
    case "unauthenticated":
      return unknown[error.given];
    case "too_many_attempts":
      return `too many wrong tokens; wait ${formatDurationMs(error.retryAfterMs)}`;
    case "host_refused":
      return `"${error.host}" is not a name of this instance`;
    case "cross_site_refused":
      return error.reason;
    case "malformed_request":
      return error.detail;
    case "body_too_large":
      return `the body is larger than ${error.allowedBytes} bytes`;
    case "unsupported_media_type":
      return `found content-type "${error.found}"; expected application/json`;
    case "route_not_found":
      return `nothing is served at ${error.route}`;
    case "too_many_streams":
      return `${error.isOwn ? "you have" : "there are"} ${error.allowed} streams open, which is the most${error.isOwn ? " of one user" : ""}`;
    case "too_many_searches":
      return `${error.allowed} searches ${error.isOwn ? "of yours " : ""}are under way, which is the most${error.isOwn ? " of one user" : ""}`;
    case "internal":
      return "Internal error";
    default:
      return unreachable(error);
  }
}

function invalidInput(error: Extract<DomainError, { readonly code: "invalid_input" }>): string {
  const line = error.line === undefined ? "" : `:${error.line}`;
  const where = error.file === undefined ? "" : `${error.file}${line}: `;
  return `${where}${invalidInputInWords(error)}`;
}

/** A key is itself, whatever it is called. */
const sshKeyIsThere =
  "It is there already, and nothing is to do, if tidegate ssh-key list shows it; else it is somebody else's: make one of your own with ssh-keygen -t ed25519.";

/** Where to look for what there is, by what was not found. */
function nextOfMissing(what: string): string {
  const lists: Readonly<Record<string, string>> = {
    app: "See what there is: tidegate app list; or make it: tidegate app create NAME",
    change: "See what there is: tidegate change list",
    release: "See what there is: tidegate release list",
    variable: "See what there is: tidegate config list",
    user: "See who there is: tidegate user list",
    team: "See what there is: tidegate team list; or make it: tidegate team create NAME",
    token: "See what there is: tidegate token list",
    provider: "See what there is: tidegate provider list",
    invitation: "See what there is: tidegate invitation list",
    "SSH key": "See what there is: tidegate ssh-key list",
    passkey: "See what there is: Passkeys, under Security",
    session: "See what there is: Sessions, under Security",
  };
  const app = /^domain of (\S+)$/.exec(what)?.[1];
  if (app !== undefined) return `See what there is: tidegate domain list ${app}`;
  return lists[what] ?? problemWords.not_found.next;
}

const endedMeanwhile = {
  session: "the session has ended",
  token: "the token has ended",
  user: "the user was disabled",
} as const;

const unknown = {
  nothing: "the request carries no token, and no session",
  token: "this token is not known here, or has ended",
  "part of a token": "this token is not whole: part of it is missing, or was mistyped",
  session: "the session has ended",
} as const;

function found(value: number | undefined): string {
  return value === undefined ? "" : `; found ${value}`;
}
