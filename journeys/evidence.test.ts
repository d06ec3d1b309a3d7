/** What was signed about a change is verified elsewhere than where it was signed, by the public key alone. */
import assert from "node:assert/strict";
import { generateKeyPairSync } from "node:crypto";
import { once } from "node:events";
import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import { readdir, readFile, mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import path from "node:path";
import { after, test } from "node:test";
import { Tidegate } from "./support/tidegate.ts";
import { answering, nodeApp } from "./support/tree.ts";

const tide = await Tidegate.start();
const elsewhere = await mkdtemp(path.join(tmpdir(), "evidence-"));
after(async () => await rm(elsewhere, { recursive: true }));
const key = path.join(tide.dataDir, "keys", "evidence-key.pub");
let commit = "";

test("the evidence of a change is genuine, by the instance's key and by one's own copy", async () => {
  await tide.deliverApp("shop", nodeApp(answering("one")));
  const change = await tide.change("shop");
  commit = change.commit.slice(0, 7);
  const asked = await tide.cli(["evidence", "verify", commit]);
  assert.equal(asked.code, 0, asked.stderr);
  assert.match(asked.stdout, /slsa\.dev\/provenance\/v1 .*tidegate\.dev\/builder\/self-hosted/);
  assert.match(
    asked.stdout,
    /statements? about this artifact, signed with the key that the instance names/,
  );
  assert.match(
    asked.stderr,
    /next: .*tidegate evidence verify [0-9a-f]{7} --key evidence-key\.pub/,
  );
  const copy = path.join(elsewhere, "evidence-key.pub");
  await writeFile(copy, await readFile(key));
  const checked = await tide.json("evidence", "verify", commit, "--key", copy);
  assert.equal(checked.isGenuine, true);
  assert.equal(checked.keyFrom, "file");
  assert.match(checked.artifact, /^sha256:[0-9a-f]{64}$/);
});

test("another key, and a file that holds none, are refused", async () => {
  const foreign = path.join(elsewhere, "foreign.pub");
  const { publicKey } = generateKeyPairSync("ec", { namedCurve: "P-256" });
  await writeFile(foreign, publicKey.export({ type: "spki", format: "pem" }));
  const refused = await tide.cli(["evidence", "verify", commit, "--key", foreign]);
  assert.equal(refused.code, 3);
  assert.match(refused.stdout, /not to be trusted: .*which is not ours/);
  assert.match(refused.stderr, /next: do not trust what runs/);
  const nonsense = path.join(elsewhere, "nonsense.pub");
  await writeFile(nonsense, "no key");
  const unread = await tide.cli(["evidence", "verify", commit, "--key", nonsense]);
  assert.equal(unread.code, 2);
  assert.match(unread.stderr, /expected a public key in PEM/);
});

test("an instance that shows another change's evidence for this one is found out", async () => {
  const first = await tide.change("shop");
  await tide.deliverApp("cart", nodeApp(answering("two")));
  const second = await tide.change("cart");
  const url = `http://127.0.0.1:${tide.port}`;
  // What was signed for the one is genuine, and says nothing of the other.
  await using liar = await startLiar(
    url,
    `/changes/${second.id}/evidence`,
    `/changes/${first.id}/evidence`,
  );
  const env = { TIDEGATE_URL: liar.url, TIDEGATE_TOKEN: await tide.token() };
  const lied = await tide.cli(["evidence", "verify", second.id, "--key", key], { env });
  assert.match(
    lied.stdout,
    /not to be trusted: no provenance says that this artifact was built from/,
  );
  assert.equal(lied.code, 3);
  const honest = await tide.cli(["evidence", "verify", first.id, "--key", key], { env });
  assert.equal(honest.code, 0, honest.stderr);
});

/** The instance, but that it answers one question with the answer to another. */
async function startLiar(url: string, asked: string, answered: string) {
  const answer = async (
    { url: target = "", headers }: IncomingMessage,
    response: ServerResponse,
  ) => {
    const authorization = headers.authorization ?? "";
    const told = await fetch(new URL(target.replace(asked, answered), url), {
      headers: { authorization },
    });
    const type = told.headers.get("content-type") ?? "";
    response.writeHead(told.status, { "content-type": type }).end(await told.text());
  };
  const server = createServer((request, response) => {
    answer(request, response).catch(() => response.destroy());
  });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  const at = server.address();
  assert.ok(typeof at === "object" && at !== null);
  return {
    url: `http://127.0.0.1:${at.port}`,
    async [Symbol.asyncDispose]() {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}

test("evidence that was altered where it is kept is found out", async () => {
  const blobs = path.join(tide.dataDir, "blobs");
  for (const name of await readdir(blobs, { recursive: true })) {
    const file = path.join(blobs, name);
    const text = await readFile(file, "utf8").catch(() => "");
    if (!text.includes("dsseEnvelope")) continue;
    await writeFile(file, text.replace(/"sig":"./, '"sig":"A'));
  }
  const altered = await tide.cli(["evidence", "verify", commit, "--key", key]);
  assert.equal(altered.code, 3);
  assert.match(altered.stdout, /not to be trusted/);
});
