/**
 * The edge without its sockets to the outside: the table in effect, the instances behind it, what is
 * in flight and what was counted.
 *
 * Invariants: a table is replaced whole and never by an older one; a request is served and counted by
 * the table under which it was accepted; an instance that left the table is closed once it is quiet.
 */
import type { IncomingMessage, ServerResponse } from "node:http";
import type { Duplex } from "node:stream";
import {
  consoleHost,
  localHostOf,
  type InstanceId,
  type PublicAddress,
  type RouteTable,
  type RouteTarget,
} from "#domain";
import { admit, type Admitted } from "./admit.ts";
import { Awaited } from "./awaited.ts";
import { Bag } from "./bag.ts";
import { assign } from "./cohort.ts";
import { isValidationPath } from "./challenges.ts";
import type { ConsoleDoor } from "./console-door.ts";
import { Exchange, pickUpstream, type ExchangeHost } from "./exchange.ts";
import { IntervalLog } from "./interval-log.ts";
import { limits } from "./limits.ts";
import { isMePath, meDoor, type MeDoor, type MeDoorOptions } from "./me-door.ts";
import { flat } from "./flat.ts";
import { isOverTls } from "./over-tls.ts";
import { tableNameOf } from "./own-name.ts";
import { pages, sendPage, type Page } from "./pages.ts";
import { renderRequest } from "./render-request.ts";
import { activate, emptyTable, Memory, type ActiveApp, type ActiveTable } from "./table.ts";
import { endWithPage, openTunnel } from "./tunnel.ts";
import { Mirror } from "./mirror.ts";
import { Upstream } from "./upstream.ts";
import { renderUserCookie, type UserKeys } from "./user-key.ts";

export interface EdgeOptions {
  readonly name: string;
  readonly boot: string;
  readonly keys: UserKeys;
  readonly now: () => number;
  /** In [0, 1). */
  random(): number;
  /** A finished interval waits in `intervals`. */
  onInterval(): void;
  /** A browser was put into a rollout's candidate, or out of it: told once for each link and place. */
  readonly onPut: MeDoorOptions["onPut"];
  /** What those who come over TLS may ask for; absent: there is no TLS. */
  readonly elsewhere?: Elsewhere | undefined;
}

/** How the edge is known elsewhere. */
export interface Elsewhere {
  readonly address: PublicAddress;
  /** Leads to the server. */
  readonly console: ConsoleDoor;
}

interface Asked {
  readonly request: IncomingMessage;
  readonly response: ServerResponse;
  readonly admitted: Admitted;
  /** The client waits for a word before it sends the body. */
  readonly isExpecting: boolean;
}

export class Edge implements ExchangeHost {
  readonly intervals: IntervalLog;
  readonly awaited = new Awaited();
  readonly #options: EdgeOptions;
  readonly #memory = new Memory();
  readonly #upstreams = new Map<InstanceId, Upstream>();
  /** Replaced at an address, or gone from the table, and not quiet yet. */
  readonly #retired = new Set<Upstream>();
  readonly #exchanges = new Bag<Exchange>();
  readonly #mirror: Mirror;
  readonly #me: MeDoor;
  readonly #drains = new Set<() => void>();
  #table: ActiveTable = emptyTable;
  #requestCount = 0;
  /** Open client connections; kept by the listener. */
  connections = 0;
  /** Every response tells its client from now on that the connection ends with it. */
  isStopping = false;

  constructor(options: EdgeOptions) {
    this.#options = options;
    const { name, boot } = options;
    this.#mirror = new Mirror(() => options.random());
    this.#me = meDoor(options);
    const startAt = options.now();
    this.intervals = new IntervalLog({ edge: name, boot, dirty: this.#memory.dirty, startAt });
  }

  /** Whether a client from elsewhere may ask for this name: one beneath the domain, or an app's own. */
  isOwnName(name: string): boolean {
    const { elsewhere } = this.#options;
    if (elsewhere === undefined) return false;
    const host = name.toLowerCase();
    if (localHostOf(host, elsewhere.address) !== undefined) return true;
    const known = tableNameOf(host, elsewhere.address);
    return known !== undefined && this.#table.apps.has(known);
  }

  get tableVersion(): number {
    return this.#table.version;
  }

  /** Copies of requests whose answers are being compared. */
  get shadowsInFlight(): number {
    return this.#mirror.size;
  }

  get requestsInFlight(): number {
    return this.#exchanges.size;
  }

  now(): number {
    return this.#options.now();
  }

  /** Puts the table of an earlier edge into effect: what it leads to may have to be started first. */
  resume(table: RouteTable): void {
    this.awaited.begin(table, performance.now());
    this.apply(table);
  }

  /** Puts a table into effect unless a newer one is; gives the version in effect. */
  apply(table: RouteTable): number {
    if (table.version <= this.#table.version) return this.#table.version;
    this.flush();
    this.#table = activate(table, this.#memory, (target) => this.#upstreamOf(target));
    for (const [instance, upstream] of this.#upstreams) {
      if (!this.#table.instances.has(instance)) this.#retire(upstream);
    }
    this.#mirror.leaveRetired();
    this.awaited.learn(table);
    return table.version;
  }

  /** Ends the interval under way. */
  flush(): void {
    const interval = this.intervals.flush(this.now(), this.#table.version);
    if (interval !== undefined) this.#options.onInterval();
  }

  serve(request: IncomingMessage, response: ServerResponse, isExpecting = false): void {
    const admitted = admit({
      method: request.method ?? "",
      url: request.url ?? "",
      httpVersion: request.httpVersion,
      rawHeaders: request.rawHeaders,
    });
    if (admitted.kind === "refused") {
      this.#answer(response, pages.refused(admitted.status, admitted.why), true);
      return;
    }
    const app = this.#appOf(request, admitted);
    if (app === undefined) {
      this.#serveBesideApps({ request, response, admitted, isExpecting });
      return;
    }
    if (isOverTls(request) && isValidationPath(admitted.path)) {
      this.#answer(response, pages.notAsked(), admitted.body !== "none");
      return;
    }
    if (isMePath(admitted.path, app)) {
      const served = this.#me({ app, request, response, admitted });
      // One page that fails must not end the edge.
      served.catch(() => response.destroy());
      return;
    }
    this.#serveApp(app, { request, response, admitted, isExpecting });
  }

  #serveApp(app: ActiveApp, { request, response, admitted, isExpecting }: Asked): void {
    const { cookie } = admitted;
    const assignment = assign(app, { cookie, rawHeaders: request.rawHeaders }, this.#options.keys);
    const { arm } = assignment;
    if (arm === undefined) {
      this.#answer(response, pages.notReleased(admitted.host), admitted.body !== "none");
      return;
    }
    if (assignment.user !== undefined) assignment.tally?.meet(assignment.user);
    const requestId = this.#nextRequestId();
    const { rollout } = app;
    const isMirrored =
      rollout !== undefined &&
      rollout.mirrorPercent > 0 &&
      !this.awaited.has(rollout.candidate.release);
    const shadow = isMirrored
      ? this.#mirror.plan({ app, admitted, assignment, request, requestId })
      : undefined;
    const exchange = new Exchange({
      host: this,
      request,
      response,
      admitted,
      app,
      assignment,
      arm,
      requestId,
      isExpecting,
      shadow,
    });
    this.#exchanges.add(exchange);
    exchange.begin();
    shadow?.begin();
  }

  over(exchange: Exchange): void {
    this.#exchanges.delete(exchange);
  }

  /** Serves an Upgrade: to `websocket`, the only one the listener lets through. */
  upgrade(request: IncomingMessage, client: Duplex, early: Buffer): void {
    const startedAt = performance.now();
    const { rawHeaders, httpVersion, method = "", url = "" } = request;
    const admitted = admit({ method, url, httpVersion, rawHeaders });
    const plan = this.#planTunnel(request, admitted);
    if ("status" in plan) {
      endWithPage(client, plan);
      return;
    }
    const { app, assignment, arm, upstream } = plan;
    const { tally, user, mintedCookie } = assignment;
    if (user !== undefined) tally?.meet(user);
    const requestId = this.#nextRequestId();
    const error = (how: { status?: number; failure?: "connection" | "timeout" | "reset" }) =>
      tally?.error(user, {
        at: this.now(),
        arm: arm.arm,
        release: arm.release,
        instance: upstream.target.instance,
        method,
        path: flat(plan.admitted.path.split("?")[0]?.slice(0, limits.failurePathCharsMax) ?? ""),
        ...how,
        durationMs: Math.round(performance.now() - startedAt),
        requestId,
      });
    openTunnel({
      client,
      early,
      upstream,
      head: renderRequest(
        { admitted: plan.admitted, request, requestId },
        { method, extra: "connection: Upgrade\r\nupgrade: websocket\r\n" },
      ),
      timeoutMs: app.requestTimeoutMs,
      cookie: mintedCookie && renderUserCookie(mintedCookie, isOverTls(request)),
      onHead: (status) => {
        this.awaited.reached(arm.release);
        tally?.request(upstream.target.instance, user, mintedCookie !== undefined);
        tally?.latency(performance.now() - startedAt);
        if (status >= 500) error({ status });
      },
      onFailure: (failure) => {
        const { host } = plan.admitted;
        if (failure === "connection" && this.awaited.has(arm.release)) return pages.starting(host);
        tally?.request(upstream.target.instance, user, mintedCookie !== undefined);
        error({ failure });
        return pages.unreachable(host);
      },
    });
  }

  /** Waits until these instances are quiet; after `timeoutMs` cuts those that left the table. */
  async drain(instances: readonly InstanceId[], timeoutMs: number): Promise<number> {
    const wanted = new Set(instances);
    const upstreams = () =>
      [...this.#upstreams.values(), ...this.#retired].filter((upstream) =>
        wanted.has(upstream.target.instance),
      );
    const open = () => upstreams().reduce((sum, upstream) => sum + upstream.outstanding, 0);
    if (open() === 0) return 0;
    await new Promise<void>((resolve) => {
      const check = () => {
        if (open() === 0) done();
      };
      const done = () => {
        clearTimeout(timer);
        this.#drains.delete(check);
        resolve();
      };
      const timer = setTimeout(done, Math.min(timeoutMs, limits.drainTimeoutMsMax));
      this.#drains.add(check);
    });
    const cut = open();
    for (const upstream of upstreams()) if (upstream.isRetired) this.#cut(upstream);
    return cut;
  }

  /** Ends what is over time; `now` is monotonic. */
  sweep(now = performance.now()): void {
    for (const exchange of this.#exchanges.members()) exchange.sweep(now);
    this.#mirror.sweep(now);
    this.awaited.sweep(now);
    for (const upstream of this.#upstreams.values()) upstream.sweep(now);
    for (const upstream of this.#retired) upstream.sweep(now);
  }

  /** Cuts what is still open, and lets go of every connection. */
  close(): void {
    this.#mirror.close();
    for (const exchange of this.#exchanges.members()) exchange.cut();
    for (const upstream of this.#upstreams.values()) upstream.destroy();
    for (const upstream of this.#retired) upstream.destroy();
  }

  #cut(upstream: Upstream): void {
    for (const exchange of this.#exchanges.members()) if (exchange.isOn(upstream)) exchange.cut();
    upstream.destroy();
  }

  #planTunnel(request: IncomingMessage, admitted: ReturnType<typeof admit>) {
    if (admitted.kind === "refused") return pages.refused(admitted.status, admitted.why);
    const app = this.#appOf(request, admitted);
    if (app === undefined) return pages.unknownHost(admitted.host);
    if (admitted.body !== "none") return pages.refused(400, "an upgrade request has no body");
    const { cookie } = admitted;
    const assignment = assign(app, { cookie, rawHeaders: request.rawHeaders }, this.#options.keys);
    const { arm } = assignment;
    if (arm === undefined) return pages.notReleased(admitted.host);
    const upstream = pickUpstream(arm, undefined);
    if (upstream === undefined) {
      return this.awaited.has(arm.release)
        ? pages.starting(admitted.host)
        : pages.noInstance(admitted.host);
    }
    return { admitted, app, assignment, arm, upstream };
  }

  /** Elsewhere an app has another name than here, and only that one and its own domains. */
  #appOf(request: IncomingMessage, { host }: Admitted): ActiveApp | undefined {
    if (!isOverTls(request)) return this.#table.apps.get(host);
    const { elsewhere } = this.#options;
    const name = elsewhere && tableNameOf(host, elsewhere.address);
    return name === undefined ? undefined : this.#table.apps.get(name);
  }

  /** The console's name, for those who come from elsewhere; or nobody's. */
  #serveBesideApps(asked: Asked): void {
    const { request, response, admitted } = asked;
    const { elsewhere } = this.#options;
    const isClosing = admitted.body !== "none";
    const isConsole =
      elsewhere !== undefined &&
      isOverTls(request) &&
      admitted.host === consoleHost(elsewhere.address);
    if (!isConsole) {
      this.#answer(response, pages.unknownHost(admitted.host), isClosing);
      return;
    }
    elsewhere.console.pass({
      ...asked,
      requestId: this.#nextRequestId(),
      isClosing: () => this.isStopping,
      refuse: (page) => this.#answer(response, page, isClosing),
    });
  }

  #answer(response: ServerResponse, page: Page, isClosing: boolean): void {
    sendPage(response, page, isClosing || this.isStopping);
  }

  #nextRequestId(): string {
    this.#requestCount += 1;
    return `${this.#options.boot}-${this.#requestCount.toString(36)}`;
  }

  #upstreamOf(target: RouteTarget): Upstream {
    const known = this.#upstreams.get(target.instance);
    if (known?.target.host === target.host && known.target.port === target.port) {
      known.revive();
      return known;
    }
    if (known !== undefined) this.#retire(known);
    const upstream = new Upstream(target, (quiet) => this.#onQuiet(quiet));
    this.#upstreams.set(target.instance, upstream);
    return upstream;
  }

  #retire(upstream: Upstream): void {
    this.#upstreams.delete(upstream.target.instance);
    this.#retired.add(upstream);
    upstream.retire();
  }

  #onQuiet(upstream: Upstream): void {
    if (upstream.isRetired) this.#retired.delete(upstream);
    for (const check of this.#drains) check();
  }
}
