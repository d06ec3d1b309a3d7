/**
 * Domains of an app's own. Each is kept twice in one transaction: with the app, for the table of routes, and under its
 * own name, so that no two apps can have it. With the app it is forgotten.
 */
import { err, ok, some, type Result } from "#std";
import {
  appDomainsMax,
  hostsAbove,
  isBeneath,
  isAllowed,
  localHostOf,
  parseAppDomain,
  parseAppName,
  signed,
  consoleHost,
  type Actor,
  type AlreadyExists,
  type App,
  type AppName,
  type InvalidInput,
  type LimitReached,
  type NotFound,
  type Stored,
} from "#domain";
import { listAll } from "#delivery/rollout";
import type { DomainView } from "./delivery.ts";
import { findApp } from "./find.ts";
import type { Hands } from "./hands.ts";
import { conflictsMax } from "./limits.ts";
import type { DeliveryPorts } from "./ports.ts";

interface Wish {
  readonly app: AppName;
  readonly host: string;
}

export async function domainsOf(
  name: AppName,
  ports: DeliveryPorts,
): Promise<Result<readonly DomainView[], NotFound>> {
  const found = await findApp(name, ports);
  return found.ok ? ok(domainViews(found.value, ports)) : found;
}

export function domainViews(
  { domains = [] }: Pick<App, "domains">,
  ports: DeliveryPorts,
): readonly DomainView[] {
  return domains.map((host) => viewOf(host, ports));
}

function viewOf(host: string, { dataPlane, reach, coverOf }: DeliveryPorts): DomainView {
  return {
    host,
    url: dataPlane.urlOf(host),
    ...some("pointTo", reach && consoleHost(reach.address)),
    ...some("certificate", reach?.certificate),
    ...some("cover", coverOf?.(host)),
  };
}

type NotAdded = NotFound | InvalidInput | AlreadyExists | LimitReached;

/** Resolves when the edges serve the app by that name. */
export async function addDomain(
  { app, host: text }: Wish,
  actor: Actor,
  { ports, routes, names }: Hands,
): Promise<Result<DomainView, NotAdded>> {
  const parsed = parseAppDomain(text, ports.reach?.address);
  if (!parsed.ok) return parsed;
  const host = parsed.value;
  // Neither of two that are added at once, one above the other, would be seen by the other's look.
  const added = await names.take("", async () => await write({ app, host }, actor, ports));
  if (!added.ok) return added;
  await routes.publish();
  return ok(viewOf(host, ports));
}

async function write(
  { app: name, host }: Wish,
  actor: Actor,
  ports: DeliveryPorts,
): Promise<Result<void, NotAdded>> {
  for (let attempt = 0; attempt < conflictsMax; attempt += 1) {
    const app = await livingApp(name, ports);
    if (app === undefined) return err({ code: "not_found", what: "app", name });
    const wish = { app: name, host };
    const others =
      (await beneathAnother(wish, actor, ports)) ?? (await aboveAnother(wish, actor, ports));
    if (others !== undefined) return err(others);
    // Whose it is may be nobody's business here.
    if ((await ports.store.get("domain", host)) !== undefined) {
      return err({ code: "already_exists", what: "domain", name: host });
    }
    const domains = [...(app.body.domains ?? []), host];
    if (domains.length > appDomainsMax) return err(tooMany(name, domains.length));
    const written = await ports.store.commit({
      entries: [{ type: "dev.tidegate.domain.added", app: name, ...signed(actor), data: { host } }],
      documents: [
        appPut(app, domains),
        { kind: "domain", id: host, app: name, body: { app: name }, ifVersion: 0 },
      ],
    });
    if (written.ok) return ok(undefined);
  }
  throw new Error(`the app ${name} changed faster than its domains could be written`);
}

/**
 * What is beneath another app's name could set cookies for it, and a wildcard in DNS leads it here without its owner's
 * doing. So it takes the same right on that app; the nearest name above decides.
 */
async function beneathAnother(
  { app, host }: Wish,
  actor: Actor,
  { store, reach }: DeliveryPorts,
): Promise<InvalidInput | undefined> {
  for (const above of hostsAbove(host)) {
    const local = reach && localHostOf(above, reach.address);
    const owner =
      local?.slice(0, -".localhost".length) ?? (await store.get("domain", above))?.body.app;
    if (owner === undefined) continue;
    if (owner === app || (await mayWriteFor(owner, actor, store))) return undefined;
    return notForOneAlone(host, `a name that is not beneath ${above}, which is another app's`);
  }
  return undefined;
}

/**
 * What is above another app's name can set cookies for it just as well. Above the console all apps' names are, also
 * those that are to come.
 */
async function aboveAnother(
  { app, host }: Wish,
  actor: Actor,
  { store, reach }: DeliveryPorts,
): Promise<InvalidInput | undefined> {
  if (reach !== undefined && isBeneath(consoleHost(reach.address), host)) {
    return isAllowed(actor, "domain.write", { kind: "platform" })
      ? undefined
      : notForOneAlone(host, "a name without the console and all apps beneath it");
  }
  const owners = new Set<string>();
  for (const { id, body } of await listAll(store, "domain")) {
    if (body.app !== app && isBeneath(id, host)) owners.add(body.app);
  }
  for (const owner of owners) {
    if (await mayWriteFor(owner, actor, store)) continue;
    // Which it is may be nobody's business here.
    return notForOneAlone(host, "a name without one of another app beneath it");
  }
  return undefined;
}

function notForOneAlone(found: string, expected: string): InvalidInput {
  const next = "Ask who may say by which domains both are served, or take another name.";
  return { code: "invalid_input", field: "host", expected, found, next };
}

/** Also of an app that is not there yet: who may for all apps may for that one. */
async function mayWriteFor(
  owner: string,
  actor: Actor,
  store: DeliveryPorts["store"],
): Promise<boolean> {
  const name = parseAppName(owner);
  if (!name.ok) return false;
  const team = (await store.get("app", owner))?.body.team;
  const on = { kind: "app", app: name.value, environment: "production" } as const;
  return isAllowed(actor, "domain.write", { ...on, ...some("team", team) });
}

/** Resolves when no edge serves the app by that name any more; it is free for others. */
export async function removeDomain(
  { app: name, host: text }: Wish,
  actor: Actor,
  hands: Hands,
): Promise<Result<void, NotFound>> {
  const { ports } = hands;
  const host = text.toLowerCase();
  for (let attempt = 0; attempt < conflictsMax; attempt += 1) {
    const app = await livingApp(name, ports);
    if (app === undefined) return err({ code: "not_found", what: "app", name });
    const before = app.body.domains ?? [];
    if (!before.includes(host)) {
      return err({ code: "not_found", what: `domain of ${name}`, name: host });
    }
    const domains = before.filter((each) => each !== host);
    const written = await ports.store.commit({
      entries: [
        { type: "dev.tidegate.domain.removed", app: name, ...signed(actor), data: { host } },
      ],
      documents: [appPut(app, domains)],
      removals: [{ kind: "domain", id: host }],
    });
    if (!written.ok) continue;
    await hands.routes.publish();
    return ok(undefined);
  }
  throw new Error(`the app ${name} changed faster than its domains could be written`);
}

async function livingApp(
  name: AppName,
  { store }: DeliveryPorts,
): Promise<Stored<App> | undefined> {
  const app = await store.get("app", name);
  return app?.body.deletedAt === undefined ? app : undefined;
}

function appPut({ id, body, version }: Stored<App>, domains: readonly string[]) {
  const { domains: _before, ...rest } = body;
  const next: App = domains.length === 0 ? rest : { ...rest, domains };
  return { kind: "app" as const, id, app: body.name, body: next, ifVersion: version };
}

function tooMany(app: AppName, found: number): LimitReached {
  const limit = `domains of ${app}`;
  const next = `Remove one that is not used: tidegate domain list ${app}, tidegate domain remove ${app} HOST`;
  return { code: "limit_reached", limit, allowed: appDomainsMax, unit: "names", found, next };
}
