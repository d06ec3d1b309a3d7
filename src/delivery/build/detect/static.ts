/** Static sites: an `index.html` where sites keep theirs. */
import { err, ok, type Result } from "#std";
import type { Draft, PlanError, Surroundings } from "../draft.ts";
import { staticServer } from "./single-page.ts";

export const staticRoots: readonly string[] = [
  ".",
  "public",
  "dist",
  "site",
  "_site",
  "docs",
  "www",
  "htdocs",
];

/** Detects a site whose files are served as they are; `root` is what a manifest asks for. */
export function detectStatic(
  around: Surroundings,
  root?: string,
): Result<Draft | undefined, PlanError> {
  const { files, toolchain } = around;
  const found =
    root ?? staticRoots.find((one) => files.has(one === "." ? "index.html" : `${one}/index.html`));
  if (found === undefined) return ok(undefined);
  if (toolchain.node === undefined) return err(nodeMissing);
  const because =
    root === undefined
      ? found === "."
        ? "index.html"
        : `${found}/index.html`
      : "static.root in tidegate.yaml";
  const directory = found === "." ? "the tree" : found;
  return ok({
    stack: "static",
    title: "static site",
    reasons: [{ decided: `serve ${directory}`, because }],
    tools: ["node"],
    binDirectories: [],
    install: undefined,
    build: undefined,
    test: undefined,
    testReports: [],
    web: staticServer(found, { isSinglePage: false }),
    env: {},
  });
}

const nodeMissing: PlanError = {
  code: "tool_missing",
  tool: "node",
  because: "the file server for static sites",
  next: "install Node where every user can run it, for example: apt-get install nodejs",
};
