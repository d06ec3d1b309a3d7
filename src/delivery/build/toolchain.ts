/**
 * The programs that plans may use on this machine, by version. Where they are is the Runtime's
 * matter: inside its sandbox each can be called by its name.
 */

export type ToolName = "node" | "npm" | "python" | "uv" | "go";

/** Versions as the programs tell them, without a leading `v` or `go`: `{ node: "24.21.0" }`. */
export type Toolchain = Readonly<Partial<Record<ToolName, string>>>;

/** Gives the versions of the tools that a plan rests on; they are part of every step's key. */
export function toolVersions(
  toolchain: Toolchain,
  tools: readonly ToolName[],
): Readonly<Record<string, string>> {
  return Object.fromEntries(
    tools.flatMap((name) => {
      const version = toolchain[name];
      return version === undefined ? [] : [[name, version]];
    }),
  );
}
