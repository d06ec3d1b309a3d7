/** Which Tidegate a command talks to, and with which token. */
import { readFile } from "node:fs/promises";
import path from "node:path";
import { CommandFailed } from "./command-failed.ts";
import { isAlive, readEndpoint } from "./endpoint.ts";
import { exitCodes } from "./exit-code.ts";
import type { Terminal } from "./terminal.ts";

export interface Instance {
  readonly url: string;
  readonly token: string;
  /** Where its data is, when it runs on this machine. */
  readonly dataDir?: string;
}

/** Finds the instance: TIDEGATE_URL with TIDEGATE_TOKEN, else the one that runs on the data directory. */
export async function findInstance(terminal: Terminal, dataDir: string): Promise<Instance> {
  const url = terminal.env["TIDEGATE_URL"];
  const token = terminal.env["TIDEGATE_TOKEN"];
  if (url !== undefined && url !== "") {
    if (!URL.canParse(url)) {
      throw new CommandFailed(`TIDEGATE_URL is "${url}"; expected a URL`, {
        exitCode: exitCodes.usage,
        next: "export TIDEGATE_URL=http://127.0.0.1:7420",
      });
    }
    return { url: new URL(url).origin, token: token ?? (await tokenIn(dataDir)) };
  }
  const endpoint = await readEndpoint(dataDir);
  if (endpoint === undefined || !(await isAlive(endpoint))) {
    throw new CommandFailed(`tidegate is not running on ${dataDir}`, {
      exitCode: exitCodes.platform,
      next: "tidegate up --detach",
    });
  }
  return { url: endpoint.url, token: token ?? (await tokenIn(dataDir)), dataDir };
}

async function tokenIn(dataDir: string): Promise<string> {
  const file = path.join(dataDir, "admin-token");
  try {
    return (await readFile(file, "utf8")).trim();
  } catch (error) {
    const isDenied = error instanceof Error && "code" in error && error.code === "EACCES";
    const message = isDenied ? `${file} is not yours to read` : `there is no token at ${file}`;
    throw new CommandFailed(message, {
      exitCode: exitCodes.usage,
      next: "export TIDEGATE_TOKEN=<the admin token>",
    });
  }
}
