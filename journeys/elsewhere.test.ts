/** An operator opens it to others: nothing before there is an administrator, and TLS for everything after. */
import assert from "node:assert/strict";
import { copyFile, readFile, stat, writeFile } from "node:fs/promises";
import { request as plain, type IncomingHttpHeaders } from "node:http";
import { request } from "node:https";
import { connect as connectPlain } from "node:net";
import path from "node:path";
import { test } from "node:test";
import { connect, type ConnectionOptions } from "node:tls";
import { run } from "./support/command.ts";
import { eventually, eventuallyTrue } from "./support/eventually.ts";
import { freePort, type Json, Tidegate } from "./support/tidegate.ts";
import { nodeApp } from "./support/tree.ts";

const tide = await Tidegate.start();
const httpsPort = await freePort();
const httpPort = await freePort();
const domain = "dev.localhost";
const consoleName = `tidegate.${domain}`;
const consoleUrl = `https://${consoleName}:${httpsPort}`;
const madeHere = path.join(tide.dataDir, "tls", "self-signed.crt");
const theirs = { cert: path.join(tide.dataDir, "a.crt"), key: path.join(tide.dataDir, "a.key") };
const words = (text: string) => text.split(" ");
const open = words(
  `up --detach --json ${tide.portFlags().join(" ")} --domain ${domain} --listen 127.0.0.1 --https-port ${httpsPort} --http-port ${httpPort}`,
);
const page = { "sec-fetch-site": "same-origin", "tidegate-request": "1" };
const phrase = "correct horse battery staple 77";

interface Asked {
  readonly method?: string;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: object;
  readonly ca?: string;
}

interface Told {
  readonly status: number;
  readonly headers: IncomingHttpHeaders;
  readonly text: string;
}

/** Asks as a browser elsewhere would: by name, over TLS, and with a certificate that is checked. */
async function ask(name: string, route: string, asked: Asked = {}): Promise<Told> {
  const ca = await readFile(asked.ca ?? madeHere, "utf8");
  const body = asked.body === undefined ? undefined : JSON.stringify(asked.body);
  const headers = {
    host: `${name}:${httpsPort}`,
    ...(body === undefined ? {} : { "content-type": "application/json" }),
    ...asked.headers,
  };
  const { method = "GET" } = asked;
  return await new Promise((resolve, reject) => {
    const at = { host: "127.0.0.1", port: httpsPort, servername: name, path: route, ca };
    const sent = request({ ...at, method, headers, agent: false }, (answer) => {
      let text = "";
      answer.setEncoding("utf8").on("data", (piece: string) => (text += piece));
      answer.once("end", () => {
        resolve({ status: answer.statusCode ?? 0, headers: answer.headers, text });
      });
    });
    sent.once("error", reject).end(body);
  });
}

/** How a handshake ends, without any check of ours: the certificate's fingerprint, or why there is none. */
async function shake(options: ConnectionOptions): Promise<string> {
  return await new Promise((resolve) => {
    const at = { host: "127.0.0.1", port: httpsPort, rejectUnauthorized: false };
    const socket = connect({ ...at, ...options });
    socket.once("error", (error: NodeJS.ErrnoException) => resolve(error.code ?? error.message));
    socket.once("secureConnect", () => {
      resolve(socket.getPeerX509Certificate()?.fingerprint256 ?? "none");
      socket.destroy();
    });
  });
}

test("while nobody is an administrator, it is refused, and nothing listens", async () => {
  await tide.down();
  const refused = await tide.cli(open, { timeoutMs: 180_000 });
  assert.equal(refused.code, 2, refused.stderr);
  assert.match(refused.stderr, /nobody is an administrator yet/);
  assert.match(refused.stderr, /next: .*tidegate invitation create/);
  assert.equal(await shake({ servername: consoleName }), "ECONNREFUSED");
  assert.deepEqual(await tide.processes(), []);
});

test("with an administrator it opens, and says where", async () => {
  await tide.up();
  const grants = [{ role: "admin", scope: "platform" }];
  const made = await tide.api("POST /api/v1/invitations", { name: "ada", grants });
  const token = String(made.body.url).replace(/^.*\/invitations\/(\w+)#/, "$1.");
  const accepted = await fetch(`http://localhost:${tide.port}/api/v1/invitations/accept`, {
    method: "POST",
    headers: { "tidegate-request": "1", "content-type": "application/json" },
    body: JSON.stringify({ token, credential: { kind: "password", password: phrase } }),
  });
  assert.equal(accepted.status, 201, await accepted.text());
  await tide.down();
  const opened = await tide.cli(open, { timeoutMs: 180_000 });
  assert.equal(opened.code, 0, opened.stderr);
  assert.equal(JSON.parse(opened.stdout).publicUrl, consoleUrl);
  const findings: Json[] = (await tide.json("doctor")).findings;
  const stateOf = (name: string) => findings.find((finding) => finding.name === name)?.state;
  assert.deepEqual([stateOf("public address"), stateOf("certificate")], ["good", "good"]);
  assert.equal((await stat(path.join(tide.dataDir, "tls", `${domain}.pem`))).mode & 0o777, 0o600);
});

test("a browser signs in over TLS, gets cookies for this host alone, and is known by its address", async () => {
  const signedIn = await ask(consoleName, "/api/v1/session/password", {
    method: "POST",
    // What a proxy would say is not believed: not the address, and not the way.
    headers: { ...page, "x-forwarded-for": "192.0.2.9", "x-forwarded-proto": "http" },
    body: { user: "ada", password: phrase },
  });
  assert.equal(signedIn.status, 201, signedIn.text);
  assert.equal(JSON.parse(signedIn.text).session.address, "127.0.0.1");
  assert.equal(signedIn.headers["strict-transport-security"], "max-age=31536000");
  const cookies = signedIn.headers["set-cookie"] ?? [];
  assert.ok(cookies.length > 0);
  for (const cookie of cookies) assert.match(cookie, /^__Host-tidegate-.*; Path=\/; .*; Secure$/);
  const cookie = cookies.map((one) => one.split(";")[0]).join("; ");
  const own = await ask(consoleName, "/api/v1/session", { headers: { ...page, cookie } });
  assert.equal(JSON.parse(own.text).actor, "ada");
  const cross = {
    cookie,
    "sec-fetch-site": "same-site",
    origin: `https://shop.${domain}:${httpsPort}`,
  };
  assert.equal((await ask(consoleName, "/api/v1/session", { headers: cross })).status, 403);
});

test("git pushes over https, and the app is served over https, under its own name", async () => {
  const echo = `import { createServer } from "node:http";
createServer((request, response) => response.end(JSON.stringify(request.headers))).listen(process.env.PORT, process.env.HOST);
`;
  const author = await tide.createApp("shop", nodeApp(echo));
  assert.equal(await author.git("remote", "get-url", "tide"), `${consoleUrl}/git/shop.git`);
  const pushed = await author.push();
  assert.equal(pushed.code, 0, pushed.text);
  assert.match(pushed.text, new RegExp(`https://shop\\.dev\\.localhost:${httpsPort}`));
  const answer = await eventually("shop serves elsewhere", async () => {
    const told = await ask(`shop.${domain}`, "/", { headers: { "x-forwarded-proto": "http" } });
    return told.status === 200 ? told : undefined;
  });
  const seen = JSON.parse(answer.text);
  assert.equal(seen["x-forwarded-proto"], "https");
  assert.equal(seen.host, `shop.${domain}:${httpsPort}`);
  assert.match(String(answer.headers["set-cookie"]), /; Secure$/);
  // Under the name that it has on this machine it is not there for others.
  assert.equal(
    (await ask(`tidegate.${domain}`, "/", { headers: { host: "shop.localhost" } })).status,
    404,
  );
});

test("a preview is reached over https under its own name, and told so, before any user has it", async () => {
  const manual = "rollout: { strategy: blue-green }\n";
  const answering = (word: string) =>
    nodeApp(
      `import { createServer } from "node:http";
createServer((request, response) => response.end("${word}")).listen(process.env.PORT, process.env.HOST);
`,
      { "tidegate.yaml": manual },
    );
  const author = await tide.deliverApp("green", answering("one"));
  await author.commit("Say two", answering("two"));
  await author.push();
  const preview = `preview-green.${domain}`;
  const shown = await eventually("its address is told", async () => {
    const { stderr } = await tide.cli(["rollout", "show", "--app", "green"]);
    return stderr.includes("preview: ") ? stderr : undefined;
  });
  assert.match(shown, new RegExp(`preview: https://preview-green\\.dev\\.localhost:${httpsPort}`));
  await eventuallyTrue("the preview answers", async () => (await ask(preview, "/")).text === "two");
  assert.equal((await ask(`green.${domain}`, "/")).text, "one");
});

test("the command line of another machine talks to it with a token", async () => {
  const made = await tide.json("token", "create", "--label", "laptop", "--for", "ada");
  // What the other machine's name server would say.
  const names = path.join(tide.dataDir, "names.mjs");
  await writeFile(
    names,
    `import dns from "node:dns";
const own = dns.lookup;
dns.lookup = (name, ...rest) => own(name.endsWith(".${domain}") ? "127.0.0.1" : name, ...rest);
`,
  );
  const env = {
    TIDEGATE_DATA: path.join(tide.dataDir, "elsewhere"),
    TIDEGATE_URL: consoleUrl,
    TIDEGATE_TOKEN: made.text,
    NODE_OPTIONS: `--import=${names}`,
  };
  const distrusting = await tide.cli(["whoami"], { env });
  assert.equal(distrusting.code, 3);
  assert.match(distrusting.stderr, /self.signed/);
  const trusting = await tide.cli(["whoami"], { env: { ...env, NODE_EXTRA_CA_CERTS: madeHere } });
  assert.equal(trusting.code, 0, trusting.stderr);
  assert.match(trusting.stdout, /ada/);
});

/** Where plain http is led from there. */
async function lead(host: string): Promise<readonly [number, string | undefined]> {
  return await new Promise((resolve, reject) => {
    const at = { host: "127.0.0.1", port: httpPort, path: "/a?b=c", headers: { host } };
    const sent = plain({ ...at, method: "POST", agent: false }, (answer) => {
      answer.resume();
      resolve([answer.statusCode ?? 0, answer.headers.location]);
    });
    sent.once("error", reject).end();
  });
}

test("plain http is led to https, by name and with what was asked", async () => {
  const there = `https://shop.${domain}:${httpsPort}/a?b=c`;
  assert.deepEqual(await lead(`shop.${domain}`), [308, there]);
  assert.deepEqual(await lead("evil.example"), [404, undefined]);
});

test("what is no proper handshake ends with itself", async () => {
  assert.match(await shake({ servername: "shop.example.com" }), /^(?:ECONN|EPIPE|ERR_SSL)/);
  assert.match(
    await shake({ servername: consoleName, maxVersion: "TLSv1.1", minVersion: "TLSv1" }),
    /ERR_SSL|ECONN/,
  );
  for (const bytes of [Buffer.from("GET / HTTP/1.1\r\nHost: x\r\n\r\n"), hugeHello()]) {
    await new Promise<void>((resolve) => {
      const socket = connectPlain(httpsPort, "127.0.0.1", () => socket.write(bytes));
      socket.on("error", () => undefined).on("close", () => resolve());
      socket.resume();
    });
  }
  assert.equal((await ask(consoleName, "/")).status, 200);
});

/** A ClientHello that claims 16 MB, and begins to send them. */
function hugeHello(): Buffer {
  const record = Buffer.alloc(16_384, 0x61);
  Buffer.from([0x01, 0xff, 0xff, 0xff, 0x03, 0x03]).copy(record);
  return Buffer.concat([Buffer.from([0x16, 0x03, 0x01, 0x40, 0x00]), record]);
}

async function makeCertificate(name: string): Promise<void> {
  const [crt, key] = [
    path.join(tide.dataDir, `${name}.crt`),
    path.join(tide.dataDir, `${name}.key`),
  ];
  const form =
    "req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -days 60 -subj /CN=dev";
  const names = ["-addext", `subjectAltName=DNS:*.${domain}`];
  const made = await run("openssl", [...words(form), ...names, "-keyout", key, "-out", crt]);
  assert.equal(made.code, 0, made.stderr);
}

async function fingerprint(): Promise<string> {
  return await shake({ servername: consoleName });
}

test("the operator's own certificate is served, and a new one in its place without a restart", async () => {
  await tide.down();
  for (const name of ["a", "b"]) await makeCertificate(name);
  await copyFile(path.join(tide.dataDir, "b.key"), path.join(tide.dataDir, "wrong.key"));
  const wrong = ["--cert", theirs.cert, "--key", path.join(tide.dataDir, "wrong.key")];
  const refused = await tide.cli([...open, ...wrong], { timeoutMs: 180_000 });
  // One that served before, made here, still does: so it starts, and says what is wrong with the new one.
  assert.equal(refused.code, 0, refused.stderr);
  assert.match(
    JSON.stringify(await tide.json("doctor")),
    /belongs to another key, and is not used/,
  );
  await tide.down();
  const opened = await tide.cli([...open, "--cert", theirs.cert, "--key", theirs.key], {
    timeoutMs: 180_000,
  });
  assert.equal(opened.code, 0, opened.stderr);
  const before = await fingerprint();
  assert.equal((await ask(consoleName, "/", { ca: theirs.cert })).status, 200);
  await copyFile(path.join(tide.dataDir, "b.key"), theirs.key);
  await copyFile(path.join(tide.dataDir, "b.crt"), theirs.cert);
  await eventuallyTrue("the new one is served", async () => (await fingerprint()) !== before);
  assert.equal((await ask(`shop.${domain}`, "/", { ca: theirs.cert })).status, 200);
});

test("kill -9 of the server, and then of the edge, leaves TLS serving", async () => {
  const before = await fingerprint();
  await tide.kill("server");
  assert.equal((await ask(`shop.${domain}`, "/", { ca: theirs.cert })).status, 200);
  await tide.kill("edge");
  await eventuallyTrue("the edge is back", async () => (await fingerprint()) === before);
  await eventuallyTrue("so is the server", async () => {
    return (await ask(consoleName, "/", { ca: theirs.cert })).status === 200;
  });
  assert.equal((await ask(`shop.${domain}`, "/", { ca: theirs.cert })).status, 200);
});
