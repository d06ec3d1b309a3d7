/** Completion in real shells, with names from this API; and what it does when the API does not answer. */
import assert from "node:assert/strict";
import { execFile } from "node:child_process";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import path from "node:path";
import { after, before, test } from "node:test";
import { setTimeout as delay } from "node:timers/promises";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { machineActor } from "#domain";
import { createApi, type Api } from "./create-api.ts";
import { crewAt } from "./crew.testing.ts";
import { nobodySignsIn } from "./nobody-signs-in.testing.ts";
import { shopAt, shopToken } from "./shop.testing.ts";

const bin = fileURLToPath(new URL("../../../bin", import.meta.url));

let api: Api;
let directory: string;
let env: NodeJS.ProcessEnv;
before(async () => {
  directory = await mkdtemp(path.join(tmpdir(), "tidegate-completion-"));
  api = await createApi({
    delivery: shopAt(Date.now()),
    people: crewAt(Date.now()),
    git: { handle: async (_request, response) => void response.end() },
    metrics: {
      identityOf: async () => undefined,
      take: async () => ({ status: 200, contentType: "text/plain", body: new Uint8Array() }),
    },
    authenticate: async (token) => (token === shopToken ? machineActor : undefined),
    log: { error: () => {}, warn: () => {}, info: () => {}, debug: () => {} },
    clock: {
      now: () => Date.now(),
      random: () => 0.5,
      sleep: async (ms, signal) => {
        await delay(ms, undefined, { signal, ref: false }).catch(() => undefined);
      },
    },
    signIn: nobodySignsIn,
    origin: "http://localhost:7420",
    version: "0.1.0",
  });
  const { url } = await api.listen();
  const names = { TIDEGATE_URL: url, TIDEGATE_TOKEN: shopToken, TIDEGATE_DATA: directory };
  env = { PATH: `${bin}:${process.env["PATH"] ?? ""}`, HOME: directory, TERM: "xterm", ...names };
});
after(async () => {
  await api.close();
  await rm(directory, { recursive: true, force: true });
});

async function shell(program: string, argv: readonly string[], more = {}): Promise<string> {
  const options = { cwd: directory, env: { ...env, ...more }, timeout: 30_000 };
  return (await promisify(execFile)(program, [...argv], options)).stdout;
}

async function isInstalled(program: string): Promise<boolean> {
  return shell("sh", ["-c", `command -v ${program}`]).then(
    () => true,
    () => false,
  );
}

/** What is typed, word by word with the one under the cursor last, and what is offered. */
// oxfmt-ignore
const typed: readonly (readonly [claim: string, words: readonly string[], offered: readonly string[]])[] = [
  ["a command", ["rol"], ["rollout"]],
  ["a command of a group", ["rollout", "ab"], ["abort"]],
  ["an option", ["change", "show", "--l"], ["--log"]],
  ["the choices of an option", ["change", "show", "--log", ""], ["build", "test"]],
  ["the choices of a word", ["completion", ""], ["bash", "zsh", "fish"]],
  ["an app, from the instance", ["app", "show", ""], ["shop"]],
  ["an app, for an option", ["logs", "--app", "s"], ["shop"]],
  ["a change, by its commit", ["change", "show", "a41"], ["a41ca41"]],
  ["a release of the app", ["release", "rollback", "--app", "shop", "v"], ["v12", "v11"]],
  ["a command to be helped with", ["help", "journal", ""], ["verify"]],
  ["a file", ["simulate", "./no"], ["./notes.yaml"]],
  ["nothing where anything may stand", ["app", "create", ""], []],
];

for (const [claim, words, offered] of typed) {
  test(`bash completes ${claim}`, async () => {
    await writeFile(path.join(directory, "notes.yaml"), "");
    const script = `
      eval "$(tidegate completion bash)"
      COMP_WORDS=(tidegate "$@"); COMP_CWORD=$#
      compopt() { :; } # only a shell that reads a line has options for it
      _tidegate
      printf '%s\\n' "\${COMPREPLY[@]}"`;
    const lines = (await shell("bash", ["-c", script, "bash", ...words])).split("\n");
    assert.deepEqual(
      lines.filter((line) => line !== ""),
      offered,
    );
  });
}

test("bash takes --app=shop as its line editor breaks it", async () => {
  const script = `
    eval "$(tidegate completion bash)"
    COMP_WORDS=(tidegate logs --app = s); COMP_CWORD=4
    _tidegate
    printf '%s\\n' "\${COMPREPLY[@]}"`;
  assert.equal(await shell("bash", ["-c", script]), "shop\n");
});

async function askFish(line: string): Promise<string> {
  return shell("fish", ["-c", `tidegate completion fish | source; complete -C "${line}"`]);
}

test("fish completes commands and names, with what they are", async (context) => {
  if (!(await isInstalled("fish"))) return context.skip("fish is not installed");
  const rollouts = await askFish("tidegate rollout ab");
  const apps = await askFish("tidegate app show ");
  assert.equal(rollouts, "abort\ttake it away from its users\n");
  assert.match(apps, /^shop\thttp:\/\/shop\.localhost/);
});

test("zsh completes commands and names on its own line", async (context) => {
  if (!(await isInstalled("zsh"))) return context.skip("zsh is not installed");
  const script = `
    zmodload zsh/zpty
    zpty shell zsh -f -i
    zpty -w shell 'PS1=; autoload -U compinit; compinit -u -D; source <(tidegate completion zsh)'
    zpty -w shell 'show() { zle -I; print -r -- "<$BUFFER>" }; zle -N show; bindkey "^X" show'
    zpty -w shell 'print READY''-NOW'
    zpty -r -m shell out '*READY-NOW*'
    zpty -w -n shell $'tidegate rollout ab\\t\\x18'
    zpty -r -m shell out '*<tidegate rollout abort >*'
    zpty -w -n shell $'sh\\t\\x18'
    zpty -r -m shell out '*<tidegate rollout abort shop >*'
    print COMPLETED
    zpty -d shell`;
  assert.match(await shell("zsh", ["-f", "-c", script]), /COMPLETED/);
});

test("completion is silent, and ends, when the instance does not answer or is not there", async () => {
  const mute = createServer(() => undefined);
  await new Promise<void>((resolve) => {
    mute.listen(0, "127.0.0.1", resolve);
  });
  // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- a TCP server has one
  const { port } = mute.address() as AddressInfo;
  const words = ["__complete", "--", "app", "show", ""];
  for (const url of [`http://127.0.0.1:${port}`, "http://127.0.0.1:1"]) {
    const ran = await promisify(execFile)("tidegate", words, {
      env: { ...env, TIDEGATE_URL: url },
      timeout: 20_000,
    });
    assert.deepEqual(ran, { stdout: "", stderr: "" });
  }
  mute.closeAllConnections();
  mute.close();
});
