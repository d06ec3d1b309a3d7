/**
 * People, simulated: some hundred users of a shop, each with a cookie jar, who come as strangers do
 * (independently of each other, and of how fast they are answered) and of whom a few do much and many little.
 *
 *   node tools/traffic.ts --url http://shop.localhost:7480 --users 500 --rate 100 --seconds 300
 *
 * Prints one JSON line when it begins, one every ten seconds, and a last one at the end: after `--seconds`,
 * or on SIGINT or SIGTERM. With `--attended` there is none by the clock, but one for each line that comes in
 * on stdin, and it ends when that closes, so that it never outlives the program that started it; without, it
 * reads none, and runs in the background as well.
 */
import { Agent, type IncomingMessage, request } from "node:http";
import { createInterface } from "node:readline";
import { parseArgs } from "node:util";

const usage = `usage: node tools/traffic.ts --url URL [--users N] [--rate N] [--seconds N] [--attended]

  --url       where the app is: "$(tidegate open shop --site)"
  --users     how many different people (500)
  --rate      requests a second of all of them together (100)
  --seconds   how long (300)
  --attended  for programs: it ends when its input is closed, and tells of itself at each line of it`;

const { values } = parseArgs({
  options: {
    help: { type: "boolean", short: "h", default: false },
    url: { type: "string" },
    users: { type: "string", default: "500" },
    /** Requests per second of all users together. */
    rate: { type: "string", default: "100" },
    seconds: { type: "string", default: "300" },
    attended: { type: "boolean", default: false },
  },
});

if (values.help) {
  console.log(usage);
  process.exit(0);
}
if (!URL.canParse(values.url ?? "")) {
  console.error(`--url: expected the address of an app\n${usage}`);
  process.exit(2);
}

const requestTimeoutMs = 10_000;
const sayEveryMs = 10_000;
/** Beyond this many open requests the server is not slow but gone, and more would only hide that. */
const openRequestsMax = 500;
/** User number k comes in proportion to 1 / k^0.8: the busiest tenth makes about half of the requests. */
const zipfExponent = 0.8;
/** What a visit asks for, and how often. */
const pages = [
  { path: "/", share: 0.6 },
  { path: "/cart", share: 0.25 },
  { path: "/checkout", share: 0.15 },
] as const;

interface User {
  readonly cookies: Map<string, string>;
  hasCome: boolean;
  /** Their first request is under way: before its cookie is here, another would make them two users. */
  isArriving: boolean;
}

const site = new URL(values.url ?? "");
const port = Number(site.port === "" ? 80 : site.port);
const agent = new Agent({ keepAlive: true, maxSockets: 64, maxFreeSockets: 64 });
const users: readonly User[] = Array.from({ length: Number(values.users) }, () => ({
  cookies: new Map<string, string>(),
  hasCome: false,
  isArriving: false,
}));
const weights = sumsOf(users.map((_, index) => 1 / (index + 1) ** zipfExponent));
const shares = sumsOf(pages.map(({ share }) => share));

const seen = { requests: 0, answered: 0, failed: 0, lost: 0, turnedAway: 0 };
const startedAt = performance.now();
let openRequests = 0;
let usersSeen = 0;
let isOver = false;

say();
for (const signal of ["SIGTERM", "SIGINT"] as const) process.once(signal, end);
// A program asks when it wants to know; a person waits and is told.
if (values.attended) createInterface({ input: process.stdin }).on("line", say).once("close", end);
else setInterval(say, sayEveryMs);
setTimeout(end, 1000 * Number(values.seconds));
arrive(startedAt);

/** Arrivals at random moments around a steady rate; one that is late is made up for at once. */
function arrive(dueAt: number): void {
  if (isOver) return;
  let nextAt = dueAt;
  while (nextAt <= performance.now()) {
    visit();
    nextAt += (-Math.log(1 - Math.random()) * 1000) / Number(values.rate);
  }
  setTimeout(() => arrive(nextAt), Math.max(1, nextAt - performance.now()));
}

function visit(): void {
  const user = users[drawn(weights)];
  const page = pages[drawn(shares)];
  if (user === undefined || page === undefined) return;
  if (openRequests >= openRequestsMax || user.isArriving) {
    seen.turnedAway += 1;
    return;
  }
  if (!user.hasCome) usersSeen += 1;
  user.hasCome = true;
  user.isArriving = user.cookies.size === 0;
  openRequests += 1;
  seen.requests += 1;
  const cookie = [...user.cookies].map(([name, value]) => `${name}=${value}`).join("; ");
  const outgoing = request({
    agent,
    // Names under localhost are this machine, whether or not its resolver knows that.
    host: "127.0.0.1",
    port,
    path: page.path,
    headers: { host: site.host, ...(cookie === "" ? {} : { cookie }) },
    timeout: requestTimeoutMs,
  });
  outgoing.once("response", (response) => receive(user, response));
  outgoing.once("timeout", () => outgoing.destroy(new Error("no answer in time")));
  outgoing.once("error", () => {
    seen.lost += 1;
  });
  outgoing.once("close", () => {
    openRequests -= 1;
    user.isArriving = false;
  });
  outgoing.end();
}

function receive(user: User, response: IncomingMessage): void {
  seen.answered += 1;
  if ((response.statusCode ?? 0) >= 500) seen.failed += 1;
  for (const line of response.headers["set-cookie"] ?? []) {
    const [, name, value] = /^([^=;\s]+)=([^;]*)/.exec(line) ?? [];
    if (name !== undefined && value !== undefined) user.cookies.set(name, value);
  }
  response.resume();
}

function say(): void {
  const elapsedMs = Math.round(performance.now() - startedAt);
  process.stdout.write(`${JSON.stringify({ elapsedMs, users: usersSeen, ...seen })}\n`);
}

function end(): void {
  if (isOver) return;
  isOver = true;
  say();
  agent.destroy();
  process.exit();
}

/** Running sums, for drawing an index in proportion to its weight. */
function sumsOf(parts: readonly number[]): readonly number[] {
  let sum = 0;
  return parts.map((part) => (sum += part));
}

function drawn(sums: readonly number[]): number {
  const at = Math.random() * (sums.at(-1) ?? 0);
  let low = 0;
  let high = sums.length - 1;
  while (low < high) {
    const middle = (low + high) >> 1;
    if ((sums[middle] ?? 0) > at) high = middle;
    else low = middle + 1;
  }
  return low;
}
