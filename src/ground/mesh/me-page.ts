/** The page on which a person reads which release their browser has, and may put it in or out. Pure. */
import { createHash } from "node:crypto";
import type { Arm } from "#domain";
import type { Chosen } from "./cohort.ts";
import { mePath } from "./passes.ts";
import type { ActiveApp } from "./table.ts";

/** What one browser has, as programs read it. */
export interface Me {
  readonly app: string;
  readonly rollout: string;
  /** The release that serves this browser now: "v12". */
  readonly release: string | undefined;
  readonly arm: Arm;
  readonly isInCandidate: boolean;
  readonly because: string;
  /** Of the user's key, 0..9999; absent when chance does not decide, or there is no key yet. */
  readonly bucket?: number;
  /** Buckets that are the candidate's. */
  readonly exposure: number;
}

export type MeChoice = Arm | "chance";

/** Says what a browser has and why. `chosen`: nothing is known of a browser that has no key yet. */
export function meOf(
  app: ActiveApp,
  rollout: NonNullable<ActiveApp["rollout"]>,
  chosen: Chosen | undefined,
): Me {
  const { candidate, choice } = rollout;
  const isIn = chosen?.arm === "candidate" && candidate.upstreams.length > 0;
  const arm = isIn ? candidate : app.baseline;
  return {
    app: app.name,
    rollout: rollout.id,
    release: chosen === undefined ? undefined : arm?.label,
    arm: isIn ? "candidate" : "baseline",
    isInCandidate: isIn,
    because: chosen === undefined ? unknownKey(app) : because(chosen, choice.exposure),
    ...(chosen?.by === "chance" ? { bucket: chosen.bucket } : {}),
    exposure: choice.exposure,
  };
}

function unknownKey({ keySource }: ActiveApp): string {
  return keySource === undefined
    ? "it has no user key yet: with its next request it gets one, and chance decides"
    : `its user key did not come with this page: it is the ${keySource.kind} ${keySource.name} of the app's own requests`;
}

function because(chosen: Chosen, exposure: number): string {
  switch (chosen.by) {
    case "hand":
      return chosen.arm === "candidate" ? "it was put in by hand" : "it was taken out by hand";
    case "rule":
      return `rule ${chosen.rule + 1} of the rollout's policy names it`;
    default: {
      const where = chosen.arm === "candidate" ? "below" : "not below";
      return `chance: its user key is in bucket ${chosen.bucket} of 10000, ${where} ${exposure}, up to which the candidate goes`;
    }
  }
}

interface Asked {
  readonly me: Me;
  readonly labels: { readonly candidate: string; readonly baseline: string | undefined };
  readonly pass: string;
  /** What the link was made for. */
  readonly to: Arm;
  readonly isByHand: boolean;
}

/** The console's colours and shapes, in light and dark; small, as each page that is asked for carries it. */
const style = [
  ":root{color-scheme:light dark;--page:#fbfcfe;--raised:#fff;--ink:#121a24;--soft:#506070;--line:#d5dee6;--sea:#0a6b8a;--on-sea:#fff}",
  "@media(prefers-color-scheme:dark){:root{--page:#10151b;--raised:#161c24;--ink:#e6edf3;--soft:#9aa9b6;--line:#2b3540;--sea:#58c0e0;--on-sea:#0d1319}}",
  "*{box-sizing:border-box}",
  "body{margin:0;padding:clamp(1.5rem,8vh,5rem) 1rem;background:var(--page);color:var(--ink);font:16px/1.55 system-ui,sans-serif;overflow-wrap:anywhere}",
  "main{max-width:34rem;margin:0 auto;padding:1.75rem;border:1px solid var(--line);border-radius:14px;background:var(--raised)}",
  "svg{display:block;width:2.6rem;height:1.5rem;margin:0 0 .9rem;fill:none;stroke:var(--sea);stroke-width:4.5;stroke-linecap:round}.echo{opacity:.45}",
  "h1{margin:0 0 .5rem;font-size:1.5rem;line-height:1.25;letter-spacing:-.015em}",
  "p{margin:.5rem 0}.soft{color:var(--soft);font-size:.875rem}",
  "form{display:flex;flex-wrap:wrap;gap:.6rem;margin:1.5rem 0}",
  "button{padding:.55rem 1rem;border:1px solid var(--line);border-radius:8px;background:var(--raised);color:var(--ink);font:inherit;font-weight:600;cursor:pointer}",
  "button:hover{border-color:var(--sea)}button.main{border-color:var(--sea);background:var(--sea);color:var(--on-sea)}",
  "button:focus-visible{outline:3px solid var(--sea);outline-offset:2px}",
].join("");
const styleHash = createHash("sha256").update(style).digest("base64");

/** Nothing runs in it, nothing is loaded, no other page frames it, and its one form goes back to it. */
export const pageHeaders: Readonly<Record<string, string>> = {
  "content-type": "text/html; charset=utf-8",
  "cache-control": "no-store",
  "content-security-policy": `default-src 'none'; style-src 'sha256-${styleHash}'; form-action 'self'; frame-ancestors 'none'; base-uri 'none'`,
  "referrer-policy": "same-origin",
  "x-content-type-options": "nosniff",
  "x-robots-tag": "noindex",
};

export function renderMe({ me, labels, pass, to, isByHand }: Asked): string {
  const has =
    me.release === undefined
      ? "No release is decided for this browser yet"
      : `This browser has ${me.release}`;
  const what = `${labels.candidate} of ${me.app} is on its way to users${
    labels.baseline === undefined ? "" : `; the others have ${labels.baseline}`
  }.`;
  const button = (choice: MeChoice, label: string): string =>
    `<button name="to" value="${choice}"${choice === to ? ' class="main"' : ""}>${escaped(label)}</button>`;
  const buttons = [
    me.isInCandidate && isByHand
      ? ""
      : button("candidate", `Put this browser in ${labels.candidate}`),
    !me.isInCandidate && isByHand ? "" : button("baseline", "Take this browser out of it"),
    isByHand ? button("chance", "Decide as for everybody") : "",
  ];
  return frame(
    has,
    `<h1>${escaped(has)}</h1><p>${escaped(what)}</p><p class="soft">Why: ${escaped(me.because)}.</p>` +
      `<form method="post" action="${mePath}"><input type="hidden" name="pass" value="${escaped(pass)}">${buttons.join("")}</form>` +
      '<p class="soft">Who is put in or out by hand is counted, and not judged. It ends with the rollout: then this browser has what everybody has.</p>',
  );
}

/** What is read when a link is of no use. */
export function renderUseless(title: string, text: string): string {
  return frame(title, `<h1>${escaped(title)}</h1><p>${escaped(text)}</p>`);
}

/** The mark of the platform, so that one knows who speaks: it is not a page of the app. */
const wave =
  '<svg viewBox="0 0 56 32" role="img" aria-label="Tidegate"><path d="M3 12c8-10 14-10 22 0s14 10 28-4"/><path class="echo" d="M3 26c8-10 14-10 22 0s14 10 28-4"/></svg>';

function frame(title: string, body: string): string {
  return `<!doctype html><html lang="en"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width"><title>${escaped(title)}</title><style>${style}</style></head><body><main>${wave}${body}</main></body></html>\n`;
}

function escaped(text: string): string {
  return text
    .replaceAll("&", "&amp;")
    .replaceAll("<", "&lt;")
    .replaceAll(">", "&gt;")
    .replaceAll('"', "&quot;");
}
