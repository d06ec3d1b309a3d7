/** The few pages a person may open in a browser: what this is, and what a problem means. */
import { createHash } from "node:crypto";
import type { FastifyReply, FastifyRequest } from "fastify";
import { problemOf, problemWords, type ApiError } from "./problems.ts";

const style = `
:root { color-scheme: light dark; --ink: #16202a; --soft: #5b6b79; --line: #d8e0e6; --paper: #fbfcfd; --sea: #0b6e8f; --code: #eef3f6; }
@media (prefers-color-scheme: dark) { :root { --ink: #e6edf2; --soft: #93a4b1; --line: #27323b; --paper: #10161b; --sea: #58c0e0; --code: #182129; } }
* { box-sizing: border-box; }
body { margin: 0; padding: 12vh 24px 48px; background: var(--paper); color: var(--ink); font: 17px/1.6 system-ui, sans-serif; }
main { max-width: 40rem; margin: 0 auto; }
svg { display: block; width: 56px; height: 32px; color: var(--sea); }
h1 { margin: 20px 0 4px; font-size: 2rem; line-height: 1.2; letter-spacing: -0.02em; text-wrap: balance; }
h2 { margin: 36px 0 8px; font-size: 0.95rem; font-weight: 600; color: var(--soft); }
p { margin: 0 0 12px; text-wrap: pretty; }
pre { margin: 0; padding: 16px 18px; overflow-x: auto; border-radius: 8px; background: var(--code); font: 15px/1.75 ui-monospace, monospace; }
code { font: 0.92em ui-monospace, monospace; }
a { color: var(--sea); text-underline-offset: 3px; }
footer { margin-top: 48px; padding-top: 16px; border-top: 1px solid var(--line); color: var(--soft); font-size: 0.9rem; }
`;

/** Pages run no script, load nothing, and carry the one style sheet whose hash is named here. */
const pagePolicy = [
  "default-src 'none'",
  `style-src 'sha256-${createHash("sha256").update(style).digest("base64")}'`,
  "base-uri 'none'",
  "form-action 'none'",
  "frame-ancestors 'none'",
].join("; ");

const wave = `<svg viewBox="0 0 56 32" aria-hidden="true" fill="none" stroke="currentColor" stroke-width="4" stroke-linecap="round"><path d="M2 12c8-10 14-10 22 0s14 10 30-4"/><path d="M2 26c8-10 14-10 22 0s14 10 30-4" opacity=".45"/></svg>`;

export function rootPage(version: string): string {
  return page(
    "Tidegate",
    `${wave}<h1>Tidegate is running</h1>
<p>Push a commit. It is built, tested, and shown to a few users first. If they fare as well as
everybody else, everybody gets it; if not, it is taken away and you are told why.</p>
<h2>Deliver your app</h2>
<pre>cd your-app
tidegate app create your-app
tidegate link your-app
git push tide main</pre>
<h2>Then</h2>
<pre>tidegate change watch     follow the delivery
tidegate rollout show     who has it, and how they fare
tidegate dora             what deliveries add up to</pre>
<footer>Version ${escapeHtml(version)} · <a href="/api/v1/openapi.json">API document</a></footer>`,
  );
}

/** The page of a code as written in a path, or nothing. */
export function problemPage(slug: string): string | undefined {
  const known = Object.entries(problemWords).find(([code]) => code.replaceAll("_", "-") === slug);
  if (known === undefined) return undefined;
  const [code, words] = known;
  return page(
    words.title,
    `${wave}<h1>${escapeHtml(words.title)}</h1>
<p>${escapeHtml(words.meaning)}</p>
<h2>What to do</h2>
<p>${escapeHtml(words.next)}</p>
<footer>Status ${words.status} · code <code>${escapeHtml(code)}</code></footer>`,
  );
}

/** Tells what went wrong to a person who has opened an address of ours. */
export function sendProblemPage(
  error: ApiError,
  request: FastifyRequest,
  reply: FastifyReply,
): FastifyReply {
  const { status, title, detail, next, retryAfterMs } = problemOf(error, request.id);
  if (retryAfterMs !== undefined)
    reply.header("retry-after", String(Math.ceil(retryAfterMs / 1000)));
  const body = `${wave}<h1>${escapeHtml(title)}</h1>
<p>${escapeHtml(`${detail.slice(0, 1).toUpperCase()}${detail.slice(1)}.`)}</p>
<h2>What to do</h2>
<p>${escapeHtml(next)}</p>
<p><a href="/sign-in">Back to sign-in</a></p>
<footer>Request <code>${escapeHtml(request.id)}</code></footer>`;
  return sendPage(reply.code(status), page(title, body));
}

export function sendPage(reply: FastifyReply, text: string): FastifyReply {
  reply.header("content-security-policy", pagePolicy);
  return reply.type("text/html; charset=utf-8").send(text);
}

function page(title: string, body: string): string {
  return `<!doctype html>
<html lang="en"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width">
<title>${escapeHtml(title)}</title><style>${style}</style></head>
<body><main>${body}</main></body></html>
`;
}

function escapeHtml(text: string): string {
  const entities: Readonly<Record<string, string>> = {
    "&": "&amp;",
    "<": "&lt;",
    ">": "&gt;",
    '"': "&quot;",
  };
  return text.replaceAll(/[&<>"]/g, (character) => entities[character] ?? character);
}
