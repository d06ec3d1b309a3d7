/**
 * By which a browser is put into a rollout's candidate, or out of it: a pass in a link, for the few
 * minutes in which it is opened, and a cookie, for as long as the rollout lives. Both are signed with
 * keys made from the one that edges and server share, and both name app and rollout, so that they say
 * nothing about any other.
 */
import { createHmac, timingSafeEqual } from "node:crypto";
import { parseAppName, parseId, type Arm, type CohortPass } from "#domain";
import { limits } from "./limits.ts";

export const handCookieName = "tidegate_cohort";
/** At an app's own address; the edge answers it, and the app never sees it. */
export const mePath = "/.well-known/tidegate/me";

export interface Passes {
  /** Gives the text of a pass, safe in a query. */
  sign(pass: CohortPass): string;
  /** Reads a pass; nothing when it is not one of ours, or its time is over. */
  read(text: string, now: number): CohortPass | undefined;
  /** Gives the cookie's value that puts a browser into an arm of a rollout. */
  cookieFor(where: Where, arm: Arm): string;
  /** The arm that a cookie's value says for this rollout; nothing when it is not ours, or another's. */
  armOf(cookieValue: string, where: Where): Arm | undefined;
}

type Where = Pick<CohortPass, "app" | "rollout">;

/** `secret`: what signs users' cookies; a key for each purpose is made from it. */
export function openPasses(secret: Uint8Array): Passes {
  const passKey = keyFor(secret, "pass");
  const cookieKey = keyFor(secret, "cohort");
  const cookieFor = ({ app, rollout }: Where, arm: Arm): string =>
    `${arm}.${sign(cookieKey, `${app}\n${rollout}\n${arm}`)}`;
  return {
    sign(pass) {
      const { app, rollout, to, by, expiresAt } = pass;
      const body = Buffer.from(JSON.stringify([app, rollout, to, by, expiresAt]));
      const text = body.toString("base64url");
      return `${text}.${sign(passKey, text)}`;
    },
    read(text, now) {
      if (text.length > limits.passCharsMax) return undefined;
      const [body = "", signature = "", ...more] = text.split(".");
      if (more.length > 0 || !isSame(signature, sign(passKey, body))) return undefined;
      const pass = parsePass(Buffer.from(body, "base64url").toString());
      return pass === undefined || pass.expiresAt <= now ? undefined : pass;
    },
    cookieFor,
    armOf(cookieValue, where) {
      const arm = cookieValue.slice(0, cookieValue.indexOf("."));
      if (arm !== "baseline" && arm !== "candidate") return undefined;
      return isSame(cookieValue, cookieFor(where, arm)) ? arm : undefined;
    },
  };
}

/** What was signed is ours; its form is looked at all the same, so that nothing else gets a brand. */
function parsePass(text: string): CohortPass | undefined {
  const fields: unknown = JSON.parse(text);
  if (!Array.isArray(fields)) return undefined;
  const [name, id, to, by, expiresAt]: readonly unknown[] = fields;
  const app = parseAppName(name);
  const rollout = parseId("rol", id);
  if (!app.ok || !rollout.ok || (to !== "baseline" && to !== "candidate")) return undefined;
  if (typeof by !== "string" || typeof expiresAt !== "number") return undefined;
  return { app: app.value, rollout: rollout.value, to, by, expiresAt };
}

function keyFor(secret: Uint8Array, purpose: string): Buffer {
  return createHmac("sha256", secret).update(`tidegate ${purpose}`).digest();
}

function sign(key: Uint8Array, text: string): string {
  return createHmac("sha256", key).update(text).digest("base64url");
}

function isSame(given: string, expected: string): boolean {
  const [one, other] = [Buffer.from(given), Buffer.from(expected)];
  return one.length === other.length && timingSafeEqual(one, other);
}
