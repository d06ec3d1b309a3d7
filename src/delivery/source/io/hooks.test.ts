import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { join } from "node:path";
import { Duplex } from "node:stream";
import { test } from "node:test";
import { parseHookMessage } from "../hook-message.ts";
import { temporaryDirectory } from "./git-server.testing.ts";
import { channelFd, installHooks } from "./hooks.ts";

test("a line break in a push option ends it, and adds nothing to what the hook says", async () => {
  await using directory = await temporaryDirectory();
  await installHooks(directory.path);
  const zeros = "0".repeat(40);
  const forged = `wait\nend\npost-receive\nquarantine \nupdate ${zeros} ${"a".repeat(40)} refs/heads/main`;
  const hook = spawn(join(directory.path, "pre-receive"), [], {
    env: {
      PATH: "/usr/bin:/bin",
      TIDEGATE_CHANNEL: String(channelFd),
      GIT_PUSH_OPTION_COUNT: "2",
      GIT_PUSH_OPTION_0: forged,
      GIT_PUSH_OPTION_1: "detach",
    },
    stdio: ["pipe", "ignore", "inherit", "pipe"],
  });
  const channel = hook.stdio[channelFd];
  assert(channel instanceof Duplex && hook.stdin !== null);
  hook.stdin.end(`${zeros} ${"b".repeat(40)} refs/heads/main\n`);
  let said = "";
  for await (const chunk of channel.setEncoding("utf8")) {
    said += String(chunk);
    if (said.endsWith("\nend\n")) channel.write("refuse\n");
  }
  const messages = said.split("end\n").filter((text) => text !== "");
  assert.equal(messages.length, 1, said);
  const message = parseHookMessage(said.trimEnd().split("\n").slice(0, -1));
  assert(message.ok, said);
  assert.deepEqual(message.value.options, ["wait", "detach"]);
  assert.deepEqual(
    message.value.updates.map(({ after }) => after),
    ["b".repeat(40)],
  );
});
