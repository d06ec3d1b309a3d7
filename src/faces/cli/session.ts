/** What a command starts with: the terminal, its options, and how to reach the instance and the app. */
import path from "node:path";
import type { Client } from "./client.ts";
import { CommandFailed } from "./command-failed.ts";
import { dataDirectory } from "./data-directory.ts";
import { exitCodes } from "./exit-code.ts";
import type { Terminal } from "./terminal.ts";

export interface CommonOptions {
  readonly json?: boolean;
  readonly data?: string;
  readonly app?: string;
}

export interface Session {
  readonly terminal: Terminal;
  readonly isJson: boolean;
  readonly dataDir: string;
  client(): Promise<Client>;
  /** The app that was named, else the one the repository here is linked to. */
  app(named?: string): Promise<string>;
  /** Prints the API's type as JSON, or what `render` makes of it for people. */
  show<T>(value: T, render: (value: T) => string): void;
}

export function openSession(terminal: Terminal, options: CommonOptions): Session {
  const dataDir =
    options.data === undefined
      ? dataDirectory(terminal.env, terminal)
      : path.resolve(terminal.cwd, options.data);
  const isJson = options.json ?? false;
  let client: Promise<Client> | undefined;
  return {
    terminal,
    isJson,
    dataDir,
    client: () => (client ??= openClient(terminal, dataDir)),
    async app(named) {
      const name = named ?? options.app ?? (await linkedApp(terminal.cwd));
      if (name !== undefined) return name;
      throw new CommandFailed("which app? this directory is not linked to one", {
        exitCode: exitCodes.usage,
        next: "name it with --app NAME, or link the repository here: tidegate link NAME",
      });
    },
    show(value, render) {
      terminal.result(isJson ? JSON.stringify(value, undefined, 2) : render(value));
    },
  };
}

/** Loaded when it is needed: HTTP is a good part of what there is to load. */
async function openClient(terminal: Terminal, dataDir: string): Promise<Client> {
  const [{ findInstance }, { clientOf }] = await Promise.all([
    import("./instance.ts"),
    import("./client.ts"),
  ]);
  return clientOf(await findInstance(terminal, dataDir));
}

/** The app that the remote `tide` of the repository here leads to. */
async function linkedApp(cwd: string): Promise<string | undefined> {
  const { git } = await import("./git.ts");
  const { isDone, text } = await git(cwd, ["config", "--get", "remote.tide.url"]);
  return isDone ? /\/git\/([^/]+)\.git$/.exec(text)?.[1] : undefined;
}
