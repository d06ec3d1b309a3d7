/** An authority gives a certificate by itself: asked once, served, and still there after a restart. */
import assert from "node:assert/strict";
import { type ChildProcess, spawn } from "node:child_process";
import { mkdtemp, readdir, readFile, rm, stat, writeFile } from "node:fs/promises";
import { request } from "node:http";
import { tmpdir } from "node:os";
import path from "node:path";
import { after, test } from "node:test";
import { connect } from "node:tls";
import { Agent, request as requestTls } from "node:https";
import { run } from "./support/command.ts";
import { eventually, eventuallyTrue } from "./support/eventually.ts";
import { freePort, type Json, Tidegate } from "./support/tidegate.ts";
import { answering, nodeApp } from "./support/tree.ts";

const domain = "example.test";
/** Two domains of the app's own: one for which the authority vouches, and one for which it does not. */
const [ownName, refusedName] = ["www.shop.test", "refused.test"];
const consoleName = `tidegate.${domain}`;
const missing = await firstMissing(["pebble", "pebble-challtestsrv", "openssl"]);
const skip =
  missing === undefined ? false : `${missing} is missing (Debian packages pebble and openssl)`;

async function firstMissing(programs: readonly string[]): Promise<string | undefined> {
  for (const program of programs) {
    const isThere = await run("sh", ["-c", `command -v ${program}`]);
    if (isThere.code !== 0) return program;
  }
  return undefined;
}

const directory = await mkdtemp(path.join(tmpdir(), "tidegate-pebble-"));
const started: ChildProcess[] = [];
after(async () => {
  for (const child of started) child.kill("SIGKILL");
  await rm(directory, { recursive: true, force: true });
});

let said = "";
const ports = {
  https: await freePort(),
  http: await freePort(),
  acme: await freePort(),
  roots: await freePort(),
  dns: await freePort(),
};
const ca = path.join(directory, "cert.pem");
const key = path.join(directory, "key.pem");

function start(program: string, ...argv: readonly string[]): void {
  const child = spawn(program, argv, {
    cwd: directory,
    env: { ...process.env, PEBBLE_VA_NOSLEEP: "1", PEBBLE_WFE_NONCEREJECT: "0" },
  });
  started.push(child);
  for (const stream of [child.stdout, child.stderr]) {
    stream.setEncoding("utf8").on("data", (text: string) => (said += text));
  }
}

const at = (port: number) => `127.0.0.1:${port}`;

/** An authority of our own, which asks our names at our port of plain http, and really asks. */
async function startAuthority(): Promise<void> {
  const made = await run("openssl", [
    ..."req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -days 9 -subj /CN=here".split(
      " ",
    ),
    ..."-addext subjectAltName=DNS:localhost,IP:127.0.0.1 -keyout".split(" "),
    key,
    "-out",
    ca,
  ]);
  assert.equal(made.code, 0, made.stderr);
  const config = {
    pebble: {
      listenAddress: at(ports.acme),
      managementListenAddress: at(ports.roots),
      certificate: ca,
      privateKey: key,
      httpPort: ports.http,
      tlsPort: ports.https,
      domainBlocklist: [refusedName],
    },
  };
  await writeFile(path.join(directory, "pebble.json"), JSON.stringify(config));
  const off = ["-http01", "", "-https01", "", "-tlsalpn01", "", "-management", ""];
  const dns = ["-dns01", at(ports.dns), "-defaultIPv4", "127.0.0.1", "-defaultIPv6", ""];
  start("pebble-challtestsrv", ...dns, ...off);
  start("pebble", "-config", path.join(directory, "pebble.json"), "-dnsserver", at(ports.dns));
  await eventuallyTrue("the authority answers", async () => (await root()) !== "");
}

/** The root of what it signs; another one at each start of it. */
async function root(): Promise<string> {
  return await new Promise((resolve) => {
    const agent = new Agent({ rejectUnauthorized: false });
    const asked = requestTls(
      { host: "127.0.0.1", port: ports.roots, path: "/roots/0", agent },
      (answer) => {
        let text = "";
        answer.setEncoding("utf8").on("data", (piece: string) => (text += piece));
        answer.once("end", () => resolve(text));
      },
    );
    asked.once("error", () => resolve("")).end();
  });
}

const ordersOf = () =>
  said.split("calling handler()").filter((part) => part.includes("/order-plz")).length;

/** The serial number of what is served under a name, after its chain was checked. */
async function served(name: string, trust: string): Promise<string> {
  return await new Promise((resolve) => {
    const socket = connect({ host: "127.0.0.1", port: ports.https, servername: name, ca: trust });
    socket.once("error", (error: NodeJS.ErrnoException) => resolve(error.code ?? error.message));
    socket.once("secureConnect", () => {
      resolve(socket.getPeerX509Certificate()?.serialNumber ?? "none");
      socket.destroy();
    });
  });
}

async function plain(host: string, address: string): Promise<number> {
  return await new Promise((resolve, reject) => {
    const asked = request(
      { host: "127.0.0.1", port: ports.http, path: address, headers: { host } },
      (answer) => {
        answer.resume();
        resolve(answer.statusCode ?? 0);
      },
    );
    asked.once("error", reject).end();
  });
}

const tide = skip === false ? await Tidegate.start() : undefined;
const open = () => [
  ...`up --detach --json --domain ${domain} --listen 127.0.0.1`.split(" "),
  ...`--https-port ${ports.https} --http-port ${ports.http} --acme ana@example.org`.split(" "),
  ...`--acme-directory https://${at(ports.acme)}/dir`.split(" "),
  ...must(tide).portFlags(),
];

test("the terms are agreed to by who starts it, or nobody is asked", { skip }, async () => {
  await startAuthority();
  const one = must(tide);
  await one.deliverApp("shop", nodeApp(answering("one")));
  for (const name of [ownName, refusedName]) await one.json("domain", "add", "shop", name);
  const grants = [{ role: "admin", scope: "platform" }];
  const made = await one.api("POST /api/v1/invitations", { name: "ana", grants });
  const token = String(made.body.url).replace(/^.*\/invitations\/(\w+)#/, "$1.");
  const accepted = await fetch(`http://localhost:${one.port}/api/v1/invitations/accept`, {
    method: "POST",
    headers: { "tidegate-request": "1", "content-type": "application/json" },
    body: JSON.stringify({
      token,
      credential: { kind: "password", password: "correct horse battery" },
    }),
  });
  assert.equal(accepted.status, 201, await accepted.text());
  await one.down();
  const refused = await one.cli(open());
  assert.equal(refused.code, 2);
  assert.match(refused.stderr, /terms of service/);
  assert.equal(ordersOf(), 0);
});

let serial = "";

test(
  "it opens with a certificate of the authority for the console and each app",
  { skip },
  async () => {
    const one = must(tide);
    const up = await one.cli([...open(), "--accept-terms"], {
      env: { NODE_EXTRA_CA_CERTS: ca },
      timeoutMs: 180_000,
    });
    assert.equal(up.code, 0, `${up.stderr}\n${said.slice(-3_000)}`);
    const trust = await root();
    serial = await served(consoleName, trust);
    assert.match(serial, /^[0-9A-F]+$/);
    assert.equal(await served(`shop.${domain}`, trust), serial);
    assert.equal(
      await served(`preview-shop.${domain}`, trust),
      serial,
      "and a candidate's preview",
    );
    assert.equal(await served(ownName, trust), serial, "and a domain of its own");
    assert.equal(await served(refusedName, trust), "ERR_TLS_CERT_ALTNAME_INVALID");
    assert.equal(ordersOf(), 2, "the first one fails for all, the second goes without that name");
    assert.equal(
      await plain(consoleName, "/.well-known/acme-challenge/none"),
      404,
      "nothing is left to answer, and no app is asked in our place",
    );
    const findings: Json[] = (await one.json("doctor")).findings;
    const certificate = findings.find(({ name }) => name === "certificate");
    assert.equal(certificate?.state, "fair");
    assert.match(certificate?.found, /tidegate\.example\.test and the apps beside it, until/);
    assert.match(certificate?.found, /without refused\.test: /);
  },
);

test("account and certificate are private", { skip }, async () => {
  const home = path.join(must(tide).dataDir, "tls", "acme");
  const [authority = ""] = await readdir(home);
  const files = await readdir(path.join(home, authority));
  assert.deepEqual(files.toSorted(), ["account.key", `${domain}.left-out.json`, `${domain}.pem`]);
  for (const file of files) {
    assert.equal((await stat(path.join(home, authority, file))).mode & 0o777, 0o600, file);
    if (file.endsWith(".json")) continue;
    assert.match(await readFile(path.join(home, authority, file), "utf8"), /PRIVATE KEY/);
  }
});

test(
  "after a restart the same certificate serves, and nobody is asked again",
  { skip },
  async () => {
    const one = must(tide);
    await one.down();
    const up = await one.cli([...open(), "--accept-terms"], {
      env: { NODE_EXTRA_CA_CERTS: ca },
      timeoutMs: 180_000,
    });
    assert.equal(up.code, 0, up.stderr);
    await one.kill("server");
    const back = await eventually("it is served again", async () => {
      const is = await served(consoleName, await root());
      return is === serial ? is : undefined;
    });
    assert.equal(back, serial);
    await eventuallyTrue("the server is back", async () => (await one.cli(["status"])).code === 0);
    assert.equal(ordersOf(), 2);
  },
);

test(
  "when the authority refuses and there is no certificate, it is not opened, and says why",
  { skip },
  async () => {
    const one = must(tide);
    await one.down();
    const words = [...open(), "--accept-terms"].map((word) =>
      word === domain ? "other.test" : word,
    );
    const elsewhere = words.map((word) => (word.endsWith("/dir") ? `${word}ectory` : word));
    const up = await one.cli(elsewhere, { env: { NODE_EXTRA_CA_CERTS: ca }, timeoutMs: 180_000 });
    assert.equal(up.code, 2, up.stdout);
    assert.match(
      up.stderr,
      /was not opened to others.*the certificate was refused by 127\.0\.0\.1/,
    );
    await one.up();
  },
);

function must<T>(value: T | undefined): T {
  assert.ok(value !== undefined);
  return value;
}
