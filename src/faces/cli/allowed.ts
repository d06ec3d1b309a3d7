/** Whether a change would be let through, asked of the instance before anything is tried. */
import {
  forbiddenInWords,
  nextOfForbidden,
  parseAppName,
  rolloutPermissions,
  type Forbidden,
  type Permission,
} from "#domain";
import { some } from "#std";
import type { Guard, ResourceAt, RightsResource } from "#faces/api/contract";
import type { Client } from "./client.ts";
import { CommandFailed } from "./command-failed.ts";
import { exitCodes } from "./exit-code.ts";

export interface Sought {
  readonly permission: Permission;
  /** The app that it is about; absent: the platform. */
  readonly app?: string;
}

/** A request as a preview has it: with its parameters in the path. */
export interface Planned {
  readonly method: string;
  readonly path: string;
  /** Whose rollout or change the path names, where it names one. */
  readonly app?: string;
}

/** Rejects, in the server's words, when who asks may not make this request. */
export async function refuseForbidden(client: Client, planned: Planned): Promise<void> {
  const sought = await soughtBy(planned);
  if (sought === undefined) return;
  const [refusal] = await refusalsOf(client, [sought.permission], sought.app);
  if (refusal !== undefined) throw inCommandLine(refusal);
}

/** As the server refuses it. */
function inCommandLine(refusal: Forbidden): CommandFailed {
  return new CommandFailed(forbiddenInWords(refusal), {
    exitCode: exitCodes.usage,
    code: refusal.code,
    next: nextOfForbidden(refusal),
  });
}

/** Gives what of these who asks may not do, each with why; nothing when they may do it all. */
async function refusalsOf(
  client: Client,
  permissions: readonly Permission[],
  app: string | undefined,
): Promise<readonly Forbidden[]> {
  const query = app === undefined ? {} : { app };
  const rights = await client.quiet.call("GET /api/v1/rights", { query });
  const missing = rights.mayNot.filter(({ permission }) => permissions.includes(permission));
  if (missing.length === 0) return [];
  const { name: who } = await client.quiet.call("GET /api/v1/me", {});
  return missing.map(({ permission, isTokenTooNarrow = false }) => ({
    code: "forbidden",
    who,
    permission,
    on: resourceOf(rights),
    isTokenTooNarrow,
    grantors: rights.grantors,
  }));
}

function resourceOf({ on }: RightsResource): Forbidden["on"] {
  const app = parseAppName(on.replace(/^app:/, ""));
  return on.startsWith("app:") && app.ok ? { kind: "app", app: app.value } : { kind: "platform" };
}

/**
 * What a request takes, and of what, as far as that shows before it is made: of a team, and of what takes more than the
 * one permission, only the server knows.
 */
export async function soughtBy({ method, path, app }: Planned): Promise<Sought | undefined> {
  const { routes } = await import("#faces/api/contract");
  for (const [key, { access }] of Object.entries(routes)) {
    const [of = "", pattern = ""] = key.split(" ");
    const params = of === method ? paramsIn(path, pattern) : undefined;
    if (params === undefined || typeof access === "string") continue;
    const { permission: needed, on }: Guard = access;
    const permission = typeof needed === "string" ? needed : needed.each[params[needed.by] ?? ""];
    // Another route may have this path as well, with a word in the place of the parameter.
    if (permission !== undefined) return soughtOn(on, { permission, app, params });
  }
  return undefined;
}

interface Found {
  readonly permission: Permission;
  readonly app: string | undefined;
  readonly params: Readonly<Record<string, string>>;
}

function soughtOn(on: ResourceAt, { permission, app, params }: Found): Sought | undefined {
  switch (on) {
    case "platform":
      return { permission };
    case "app":
    case "environment":
      return { permission, ...some("app", params["app"]) };
    case "change":
    case "rollout":
      return app === undefined ? undefined : { permission, app };
    case "scope":
      return ofScope(permission, params["scope"] ?? "");
    default:
      return undefined;
  }
}

/** `platform`, `app:shop` or `app:shop/production`; of a team's rights nothing can be asked. */
function ofScope(permission: Permission, scope: string): Sought | undefined {
  if (scope === "platform") return { permission };
  const app = /^app:([^/]+)/.exec(scope)?.[1];
  return app === undefined ? undefined : { permission, app };
}

/** The parameters of the path, when it is one of the pattern. */
function paramsIn(path: string, pattern: string): Readonly<Record<string, string>> | undefined {
  const parts = path.split("/");
  const names = pattern.split("/");
  if (parts.length !== names.length) return undefined;
  const params: Record<string, string> = {};
  for (const [index, name] of names.entries()) {
    const part = decodeURIComponent(parts[index] ?? "");
    if (name.startsWith(":")) params[name.slice(1)] = part;
    else if (name !== part) return undefined;
  }
  return params;
}

/** What comes next, by the rights of who reads it. */
interface Open {
  /** What they may not say themselves, and what that takes; in the words of the refusal. */
  readonly mayNot: readonly string[];
  /** What they can type, and whom to ask for the rest. */
  readonly next: string;
}

/** `asks`: what can be said, as the server gives it: "tidegate rollout resume …, or tidegate rollout abort …". */
export async function openTo(
  client: Client,
  { app, asks }: { readonly app: string; readonly asks: string },
): Promise<Open> {
  const words = asks.split(/, or (?=tidegate )/);
  const taken = words.flatMap((word) => permissionFor(word) ?? []);
  const closed = taken.length === 0 ? [] : await refusalsOf(client, taken, app).catch(() => []);
  const own = words.filter((word) =>
    closed.every(({ permission }) => permission !== permissionFor(word)),
  );
  return {
    mayNot: closed.map((refusal) => forbiddenInWords(refusal)),
    // What helps with one may help with another.
    next: [
      ...own,
      ...new Set(closed.map((refusal) => withinSentence(nextOfForbidden(refusal)))),
    ].join(", or "),
  };
}

function withinSentence(sentence: string): string {
  return sentence.replace(/^[A-Z]/, (letter) => letter.toLowerCase()).replace(/\.$/, "");
}

function permissionFor(command: string): Permission | undefined {
  const action = /^tidegate rollout (\S+)/.exec(command)?.[1];
  return Object.entries(rolloutPermissions).find(([name]) => name === action)?.[1];
}
