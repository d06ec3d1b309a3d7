/** The words for this machine: up, down, status, doctor. */
import type { Command } from "commander";
import type { StatusOptions } from "../commands/status.ts";
import type { UpOptions } from "../commands/up.ts";
import type { CommonOptions } from "../session.ts";
import { type Leaf, note } from "./leaf.ts";

export function addPlatform(root: Command, leaf: Leaf): void {
  root.commandsGroup("This machine:");
  const up = root.command("up").description("start Tidegate here");
  up.option("--detach", "return as soon as it is ready");
  up.option("--port <n>", "port of the API (default: the last one, 7420 at first, or a free one)");
  up.option("--edge-port <n>", "port of the apps (default: 7480, else a free one)");
  up.option(
    "--ssh-port <n>",
    "port of git over SSH, or off (default: 7422, else a free one; with --domain open to others, too)",
  );
  up.option("--edges <n>", "edge processes (default: one for every two cores)");
  up.option(
    "--domain <name>",
    "open it to others: https://tidegate.NAME, apps at https://APP.NAME",
  );
  up.option(
    "--cert <file>",
    "certificate for *.NAME with its chain, PEM; read again when it changes",
  );
  up.option("--key <file>", "its private key, PEM");
  up.option(
    "--acme <email>",
    "get certificates from an authority by itself, with this address for its letters",
  );
  up.option("--accept-terms", "agree to the authority's terms of service");
  up.option("--acme-directory <url>", "another authority (default: Let's Encrypt)");
  up.option("--self-signed", "make a certificate here; the default beneath localhost");
  up.option("--listen <address>", "address to be open at (default: all of this machine)");
  up.option("--https-port <n>", "port of https (default: 443)");
  up.option("--http-port <n>", "port that leads plain http to https (default: 80, if it is free)");
  note(up, {
    details: [
      "Starts the database, the server and the edges, and the apps that ran before. Without --domain everything listens on this machine only; with it, others come in over TLS once there is an administrator.",
      "Without --detach it stays, and Ctrl-C stops Tidegate and the apps it runs.",
    ],
    examples: [
      ["tidegate up --detach", "start it and go on working"],
      [
        "tidegate up --detach --domain example.org --cert fullchain.pem --key privkey.pem",
        "open it to others",
      ],
      [
        "tidegate up --detach --domain example.org --acme ana@example.org --accept-terms",
        "with a certificate of Let's Encrypt that renews itself",
      ],
    ],
  });
  leaf.changing<CommonOptions & UpOptions>(up, async (session, options) =>
    (await import("../commands/up.ts")).up(session, options),
  );
  const down = root.command("down").description("stop Tidegate and the apps it runs");
  note(down, { details: ["What apps have stored stays where it is."] });
  leaf.changing(down, async (session) => (await import("../commands/down.ts")).down(session));
  addStatus(root, leaf);
  leaf(
    root.command("doctor").description("say what this machine offers, and how to improve it"),
    async (session) => (await import("../commands/doctor.ts")).diagnose(session),
  );
}

function addStatus(root: Command, leaf: Leaf): void {
  const status = root.command("status").description("show the platform at a glance");
  status.option("-w, --watch", "go on: repaint in place, or print a line for each change of it");
  note(status, {
    details: [
      "Says whether everything is up, what each app has live and on its way, and what was delivered last.",
      "With --watch a terminal is painted over every second until Ctrl-C; in a pipe, each app gets a line when something about it changes.",
    ],
    examples: [
      ["tidegate status", "once"],
      ["tidegate status --watch", "until Ctrl-C"],
    ],
  });
  leaf<CommonOptions & StatusOptions>(status, async (session, options) =>
    (await import("../commands/status.ts")).showStatus(session, options),
  );
}
