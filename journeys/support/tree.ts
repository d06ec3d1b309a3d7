/** The trees that journeys push: small apps written out here, and the shipped examples. */
import { readdir, readFile } from "node:fs/promises";
import path from "node:path";

/** Contents by path. `undefined` removes the file. */
export type Tree = Readonly<Record<string, string | undefined>>;

export const examplesDir = path.join(import.meta.dirname, "..", "..", "examples");

export async function exampleTree(name: string): Promise<Tree> {
  const root = path.join(examplesDir, name);
  const entries = await readdir(root, { recursive: true, withFileTypes: true });
  const files = entries.filter((entry) => entry.isFile());
  const pairs = files.map(async (entry) => {
    const file = path.join(entry.parentPath, entry.name);
    return [path.relative(root, file), await readFile(file, "utf8")] as const;
  });
  return Object.fromEntries(await Promise.all(pairs));
}

/** A Node app without dependencies or tests, whose whole program is `source`. */
export function nodeApp(source: string, more: Tree = {}): Tree {
  const manifest = { name: "journey", private: true, type: "module", scripts: { start: "node ." } };
  return {
    "package.json": `${JSON.stringify({ ...manifest, main: "server.js" }, undefined, 2)}\n`,
    "server.js": source,
    ...more,
  };
}

/** A program that answers every request with `body` and ends when it is asked to. */
export function answering(body: string, more = ""): string {
  return `import { createServer } from "node:http";
${more}
const server = createServer((request, response) => response.end(${JSON.stringify(`${body}\n`)}));
process.on("SIGTERM", () => { server.close(); server.closeIdleConnections(); });
server.listen(process.env.PORT, process.env.HOST);
`;
}
