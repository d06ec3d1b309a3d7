/**
 * Answers for the app under one path: which release the browser that asks has, and, by a link that somebody with the
 * right to it had made, puts it into the candidate or out of it. Needs nothing but the table and the key on disk.
 *
 * Nothing of it is counted, and no user key is made: who looks is no user by that. A pass alone changes nothing; it
 * takes a form of this very page, so that no other page can put its visitors anywhere.
 */
import type { IncomingMessage, ServerResponse } from "node:http";
import type { Admitted } from "./admit.ts";
import { choose, handOf, userKeyOf, type Visitor } from "./cohort.ts";
import { limits } from "./limits.ts";
import { meOf, pageHeaders, renderMe, renderUseless, type MeChoice } from "./me-page.ts";
import { isOverTls } from "./over-tls.ts";
import { handCookieName, mePath } from "./passes.ts";
import type { ActiveApp } from "./table.ts";
import type { UserKeys } from "./user-key.ts";

export interface MeDoorOptions {
  readonly keys: UserKeys;
  readonly now: () => number;
  /** A browser was put somewhere: once for each link and place, since a form can be sent without end. */
  readonly onPut: (put: Put) => void;
}

interface Put {
  readonly app: string;
  readonly rollout: string;
  readonly to: MeChoice;
  readonly by: string;
}

export type MeDoor = (asked: Asked) => Promise<void>;

interface Asked {
  readonly app: ActiveApp;
  readonly request: IncomingMessage;
  readonly response: ServerResponse;
  readonly admitted: Admitted;
}

/** Whether the edge answers this itself; a preview has nothing to choose. */
export function isMePath(path: string, app: ActiveApp): boolean {
  if (!path.startsWith(mePath) || app.rollout?.isPreview === true) return false;
  return path.length === mePath.length || path[mePath.length] === "?";
}

export function meDoor(options: MeDoorOptions): MeDoor {
  const told = new Set<string>();
  const onPut = (where: Put, pass: string): void => {
    const key = `${where.to} ${pass.slice(pass.lastIndexOf(".") + 1)}`;
    if (told.has(key)) return;
    const [first] = told;
    if (first !== undefined && told.size >= limits.mePutsToldMax) told.delete(first);
    told.add(key);
    options.onPut(where);
  };
  return async (asked) => await serve(asked, { ...options, onPut });
}

interface Serving extends Omit<MeDoorOptions, "onPut"> {
  readonly onPut: (put: Put, pass: string) => void;
}

async function serve(asked: Asked, options: Serving): Promise<void> {
  const { request, admitted } = asked;
  const method = request.method ?? "";
  if (method === "GET" || method === "HEAD") {
    const query = admitted.path.slice(mePath.length + 1);
    show(asked, new URLSearchParams(query).get("pass") ?? "", options);
    return;
  }
  if (method !== "POST") {
    useless(asked, 405, ["This page is read, or its form is sent", "Open it in a browser."]);
    return;
  }
  if (isForeign(asked)) {
    const why = "Only the form of this page puts a browser somewhere. Open the link itself.";
    useless(asked, 403, ["Another page asked for this", why]);
    return;
  }
  const form = await readForm(asked);
  if (form === "too long") {
    const why = `The form of this page has at most ${limits.meBodyBytesMax} bytes. Open the link itself.`;
    useless(asked, 413, ["What was sent is too long", why]);
    return;
  }
  if (form === "gone") asked.response.destroy();
  else put(asked, form, options);
}

function show(asked: Asked, text: string, options: Serving): void {
  const found = passOf(asked, text, options);
  if (found === undefined) return;
  const { app, admitted, request } = asked;
  const { rollout, pass } = found;
  const { keys } = options;
  const visitor: Visitor = { cookie: admitted.cookie, rawHeaders: request.rawHeaders };
  const hand = handOf(app, visitor, keys);
  const key = userKeyOf(app, visitor, keys);
  const isKnown = key !== undefined || hand !== undefined;
  const chosen = isKnown ? choose(rollout.choice, { key: key ?? "", visitor, hand }) : undefined;
  const me = meOf(app, rollout, chosen);
  if (/\bapplication\/json\b/.test(request.headers.accept ?? "")) {
    const body = `${JSON.stringify(me)}\n`;
    answer(asked, { status: 200, body, headers: { "content-type": "application/json" } });
    return;
  }
  const labels = { candidate: rollout.candidate.label, baseline: app.baseline?.label };
  const body = renderMe({ me, labels, pass: text, to: pass.to, isByHand: hand !== undefined });
  answer(asked, { status: 200, body });
}

function put(asked: Asked, form: URLSearchParams, options: Serving): void {
  const text = form.get("pass") ?? "";
  const found = passOf(asked, text, options);
  if (found === undefined) return;
  const to = form.get("to");
  if (to !== "candidate" && to !== "baseline" && to !== "chance") {
    const why = "The form said neither candidate, baseline nor chance.";
    useless(asked, 400, ["Where to is not said", why]);
    return;
  }
  const { app, rollout, by } = found.pass;
  options.onPut({ app, rollout, to, by }, text);
  const value = to === "chance" ? "" : options.keys.passes.cookieFor({ app, rollout }, to);
  const age = to === "chance" ? 0 : limits.handCookieSeconds;
  const secure = isOverTls(asked.request) ? "; Secure" : "";
  const cookie = `${handCookieName}=${value}; Max-Age=${age}; Path=/; HttpOnly; SameSite=Lax${secure}`;
  const location = `${mePath}?pass=${encodeURIComponent(text)}`;
  answer(asked, { status: 303, body: "", headers: { location, "set-cookie": cookie } });
}

/** The pass, if it is for the app's rollout of now; otherwise the answer was given. */
function passOf(asked: Asked, text: string, { keys, now }: Serving) {
  const { app } = asked;
  const pass = keys.passes.read(text, now());
  if (pass === undefined || pass.app !== app.name) {
    const why = `Links are good for ten minutes, and are made in the console, or by: tidegate rollout join ${app.name}`;
    useless(asked, 403, ["This link opens nothing", why]);
    return undefined;
  }
  const { rollout } = app;
  if (rollout === undefined || rollout.id !== pass.rollout || !rollout.isByHand) {
    const why = "There is nothing to be in or out of: this browser has what everybody has.";
    useless(asked, 410, ["That rollout is over", why]);
    return undefined;
  }
  return { pass, rollout };
}

/**
 * Browsers say from where a form was sent: only our own page will do, not another app under the same domain. What says
 * nothing is a program, which no page can make send anything.
 */
function isForeign({ request, admitted }: Asked): boolean {
  const { "sec-fetch-site": site, origin } = request.headers;
  if (site !== undefined) return site !== "same-origin";
  if (origin === undefined) return false;
  const scheme = isOverTls(request) ? "https" : "http";
  return origin !== `${scheme}://${admitted.authority}`;
}

/** Of one that is too long, the client still gets to the answer; one that broke off has nobody to answer. */
async function readForm({
  request,
  admitted,
}: Asked): Promise<URLSearchParams | "too long" | "gone"> {
  if (admitted.bodyBytes > limits.meBodyBytesMax) return "too long";
  const chunks: Buffer[] = [];
  let bytes = 0;
  try {
    for await (const chunk of request.iterator({ destroyOnReturn: false })) {
      bytes += Buffer.byteLength(chunk);
      if (bytes > limits.meBodyBytesMax) return "too long";
      chunks.push(Buffer.from(chunk));
    }
  } catch {
    return "gone";
  }
  return new URLSearchParams(Buffer.concat(chunks).toString());
}

function useless(asked: Asked, status: number, why: readonly [title: string, text: string]): void {
  answer(asked, { status, body: renderUseless(...why) });
}

function answer(
  { request, response }: Asked,
  given: {
    readonly status: number;
    readonly body: string;
    readonly headers?: Readonly<Record<string, string>>;
  },
): void {
  const { status, body, headers = {} } = given;
  response.writeHead(status, {
    ...pageHeaders,
    "content-length": Buffer.byteLength(body),
    ...(request.complete ? {} : { connection: "close" }),
    ...headers,
  });
  response.end(request.method === "HEAD" ? "" : body);
}
