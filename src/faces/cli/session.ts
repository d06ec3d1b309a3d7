/** What a command starts with: the terminal, its options, and how to reach the instance and the app. */
import path from "node:path";
import { some } from "#std";
import type { Client } from "./client.ts";
import { CommandFailed } from "./command-failed.ts";
import { dataDirectory } from "./data-directory.ts";
import { type ExitCode, exitCodes } from "./exit-code.ts";
import type { Terminal } from "./terminal.ts";

export interface CommonOptions {
  readonly json?: boolean;
  readonly data?: string;
  readonly app?: string;
  readonly dryRun?: boolean;
}

/** What a command would do, told by `--dry-run`. */
export interface Preview {
  /** Each thing that would come of it, as a sentence's end: "take v12 away from 61 users". */
  readonly effects: readonly string[];
  /** What would be sent to the API; absent for what happens on this machine alone. */
  readonly request?: {
    readonly method: string;
    readonly path: string;
    readonly body?: unknown;
  };
  /** Whose rollout or change the request names: by it, it is known whether who asks may make it. */
  readonly app?: string;
  /** What to type; absent: the same without --dry-run. */
  readonly next?: string;
}

export interface Session {
  readonly terminal: Terminal;
  readonly isJson: boolean;
  /** Whether the command is to say what it would do, and do nothing. */
  readonly isDryRun: boolean;
  readonly dataDir: string;
  client(): Promise<Client>;
  /** The app that was named, else the one the repository here is linked to. */
  app(named?: string): Promise<string>;
  /** The same; nothing where there is neither. */
  appHere(named?: string): Promise<string | undefined>;
  /** Prints the API's type as JSON, or what `render` makes of it for people. */
  show<T>(value: T, render: (value: T) => string): void;
  /**
   * Prints what the command would do; the end of a dry run. Rejects with CommandFailed when who asks may not do it, as
   * the command itself would be refused.
   */
  showPreview(preview: Preview): Promise<ExitCode>;
}

/** The command as it was typed, without its options: "release rollback". */
export interface Asked {
  readonly name: string;
  /** Whether it is declared to change something. */
  readonly isChanging: boolean;
}

export function openSession(terminal: Terminal, options: CommonOptions, asked: Asked): Session {
  const dataDir =
    options.data === undefined
      ? dataDirectory(terminal.env, terminal)
      : path.resolve(terminal.cwd, options.data);
  const isJson = options.json ?? false;
  const isDryRun = options.dryRun ?? false;
  const mayChange = asked.isChanging && !isDryRun;
  let client: Promise<Client> | undefined;
  return {
    terminal,
    isJson,
    isDryRun,
    dataDir,
    client: () => (client ??= openClient(terminal, { dataDir, mayChange, name: asked.name })),
    async app(named) {
      const name = await this.appHere(named);
      if (name !== undefined) return name;
      throw new CommandFailed("which app? this directory is not linked to one", {
        exitCode: exitCodes.usage,
        next: "name it with --app NAME, or link the repository here: tidegate link NAME",
      });
    },
    appHere: async (named) => named ?? options.app ?? (await linkedApp(terminal.cwd)),
    show(value, render) {
      terminal.result(isJson ? JSON.stringify(value, undefined, 2) : render(value));
    },
    async showPreview({ app, next = "the same without --dry-run", ...preview }) {
      const { request } = preview;
      if (request !== undefined) {
        const { refuseForbidden } = await import("./allowed.ts");
        await refuseForbidden(await this.client(), { ...request, ...some("app", app) });
      }
      this.show({ isDryRun: true, ...preview }, ({ effects }) =>
        effects.map((effect) => `would ${effect}`).join("\n"),
      );
      terminal.narrate(`nothing was changed\nnext: ${next}`);
      return exitCodes.done;
    },
  };
}

interface Opening {
  readonly dataDir: string;
  readonly mayChange: boolean;
  readonly name: string;
}

/** Loaded when it is needed: HTTP is a good part of what there is to load. */
async function openClient(terminal: Terminal, opening: Opening): Promise<Client> {
  const [{ findInstance }, { clientOf }, { helpful }] = await Promise.all([
    import("./instance.ts"),
    import("./client.ts"),
    import("./helpful-client.ts"),
  ]);
  const client = clientOf(await findInstance(terminal, opening.dataDir), opening);
  return helpful(client, { terminal, name: opening.name });
}

/** The app that the remote `tide` of the repository here leads to. */
async function linkedApp(cwd: string): Promise<string | undefined> {
  const { git } = await import("./git.ts");
  const { isDone, text } = await git(cwd, ["config", "--get", "remote.tide.url"]);
  if (!isDone) return undefined;
  const [, overHttp, overSsh] =
    /\/git\/([^/]+)\.git$|^ssh:\/\/git@[^/]+\/([^/]+)\.git$/.exec(text) ?? [];
  return overHttp ?? overSsh;
}
