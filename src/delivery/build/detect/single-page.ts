/** Sites that a bundler writes into a directory: which bundler, which directory. */
import type { Files } from "../files.ts";
import type { PackageJson } from "./package-json.ts";

/** Where the static file server is put in the work tree; see `io/ship.ts`. */
export const staticServerFile = ".tidegate/static-server.mjs";

export function staticServer(
  root: string,
  options: { readonly isSinglePage: boolean },
): readonly string[] {
  return ["node", staticServerFile, root, ...(options.isSinglePage ? ["--single-page"] : [])];
}

export interface StaticRoot {
  readonly directory: string;
  readonly because: string;
}

interface Bundler {
  readonly dependency: string;
  readonly directory: string;
  /** Configuration files, and what in them moves the directory; group 1 is where to. */
  readonly configs?: readonly string[];
  readonly moved?: RegExp;
  /** What must be in a configuration file for the result to be static at all. */
  readonly required?: RegExp;
  /** What in a configuration file says that the result needs a server. */
  readonly excluded?: RegExp;
}

const withEndings = (name: string) =>
  ["js", "mjs", "cjs", "ts", "mts"].map((end) => `${name}.${end}`);

// A framework stands before the bundler that it is built on.
const bundlers: readonly Bundler[] = [
  {
    dependency: "next",
    directory: "out",
    configs: withEndings("next.config"),
    required: /output\s*:\s*["'`]export["'`]/,
  },
  {
    dependency: "astro",
    directory: "dist",
    configs: withEndings("astro.config"),
    moved: /outDir\s*:\s*["'`](?:\.\/)?([\w./-]+)["'`]/,
    excluded: /output\s*:\s*["'`](?:server|hybrid)["'`]/,
  },
  { dependency: "react-scripts", directory: "build" },
  { dependency: "@vue/cli-service", directory: "dist" },
  { dependency: "gatsby", directory: "public" },
  { dependency: "@docusaurus/core", directory: "build" },
  { dependency: "@11ty/eleventy", directory: "_site" },
  { dependency: "parcel", directory: "dist" },
  {
    dependency: "vite",
    directory: "dist",
    configs: withEndings("vite.config"),
    moved: /outDir\s*:\s*["'`](?:\.\/)?([\w./-]+)["'`]/,
    // Kits on top of Vite that write a server: their start script or Procfile must say how.
    excluded: /sveltekit\(|reactRouter\(|remix\(|solidStart|qwikCity|tanstackStart/,
  },
];

/** Gives the directory a bundler writes a site into; `undefined` when what it writes needs a server. */
export async function singlePageRoot(
  files: Files,
  manifest: PackageJson,
): Promise<StaticRoot | undefined> {
  const bundler = bundlers.find((one) => manifest.dependencies.has(one.dependency));
  if (bundler === undefined) return undefined;
  const config = files.first(bundler.configs ?? []) ?? "";
  const text = (await files.text(config)) ?? "";
  if (needsServer(bundler, text)) return undefined;
  const moved = bundler.moved?.exec(text)?.[1];
  return moved === undefined || moved.includes("..")
    ? { directory: bundler.directory, because: `${bundler.dependency} in package.json` }
    : { directory: moved, because: `outDir in ${config}` };
}

function needsServer({ required, excluded }: Bundler, text: string): boolean {
  return required?.test(text) === false || excluded?.test(text) === true;
}
