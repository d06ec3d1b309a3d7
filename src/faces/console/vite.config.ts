/**
 * How the console becomes files: `dist/faces/console`, with names that carry their content's hash, no inline
 * script or style (the page's policy allows none), and each page's code apart from the shell's. Each page has a
 * document of its own, `pages/NAME.html`, which names its code: the browser gets it along with the shell's.
 */
import { mkdir, readdir, writeFile } from "node:fs/promises";
import { basename, join } from "node:path";
import react from "@vitejs/plugin-react";
import { defineConfig, type Plugin, type Rolldown } from "vite";

export default defineConfig({
  root: import.meta.dirname,
  base: "/",
  publicDir: "public",
  plugins: [withoutNode(), react(), pageDocuments()],
  resolve: { conditions: ["source", "browser", "module", "import", "default"] },
  build: {
    outDir: "../../../dist/faces/console",
    rollupOptions: {
      // The manual's pages are made by the server, which finds the reader's files by their name.
      input: {
        index: join(import.meta.dirname, "index.html"),
        reader: join(import.meta.dirname, "reader", "reader.ts"),
      },
    },
    emptyOutDir: true,
    target: "es2023",
    // A data: address would need the policy to allow it.
    assetsInlineLimit: 0,
    // The polyfill is for browsers that the target leaves out.
    modulePreload: { polyfill: false },
    chunkSizeWarningLimit: 600,
    reportCompressedSize: false,
  },
});

/** Rooms that the console shares may import Node, as long as nothing of that is left in the bundle. */
function withoutNode(): Plugin {
  const prefix = "\0absent:";
  return {
    name: "without-node",
    enforce: "pre",
    resolveId: (id) =>
      id.startsWith("node:") ? { id: `${prefix}${id}`, moduleSideEffects: false } : undefined,
    load: (id) => (id.startsWith(prefix) ? "export const createHash = undefined;" : undefined),
    generateBundle(_options, bundle) {
      for (const chunk of Object.values(bundle)) {
        if (chunk.type !== "chunk") continue;
        const left = Object.entries(chunk.modules).find(
          ([id, { renderedLength }]) => id.startsWith(prefix) && renderedLength > 0,
        );
        if (left !== undefined) this.error(`the browser has no ${left[0].slice(prefix.length)}`);
      }
    },
  };
}

/** Writes the document of each page: `index.html`, and in its head what the page's chunk will ask for. */
function pageDocuments(): Plugin {
  return {
    name: "page-documents",
    async writeBundle({ dir = "" }, bundle) {
      const index = bundle["index.html"];
      if (index?.type !== "asset")
        this.error("there is no index.html to make the pages' documents of");
      const document = String(index.source);
      await mkdir(join(dir, "pages"), { recursive: true });
      const missing = new Set(await readdir(join(import.meta.dirname, "pages")));
      for (const chunk of Object.values(bundle)) {
        if (chunk.type !== "chunk") continue;
        const name = /^(.+)-page\.tsx$/.exec(basename(chunk.facadeModuleId ?? ""))?.[1];
        if (name === undefined) continue;
        missing.delete(name);
        const links = linksOf(chunk, bundle)
          .filter(({ href }) => !document.includes(href))
          .map(({ rel, href }) => `  <link rel="${rel}" crossorigin href="${href}">\n  `);
        const text = document.replace("</head>", `${links.join("")}</head>`);
        await writeFile(join(dir, "pages", `${name}.html`), text);
      }
      if (missing.size > 0)
        this.error(`no code of its own was made for ${[...missing].join(", ")}`);
    },
  };
}

interface Linked {
  readonly rel: "modulepreload" | "stylesheet";
  readonly href: string;
}

/** Of a chunk and all that it imports, each once. */
function linksOf(chunk: Rolldown.OutputChunk, bundle: Rolldown.OutputBundle): readonly Linked[] {
  const chunks = new Set([chunk]);
  for (const { imports } of chunks) {
    for (const name of imports) {
      const imported = bundle[name];
      if (imported?.type === "chunk") chunks.add(imported);
    }
  }
  const all = [...chunks];
  const styles = new Set(all.flatMap(({ viteMetadata }) => [...(viteMetadata?.importedCss ?? [])]));
  return [
    ...all.map(({ fileName }): Linked => ({ rel: "modulepreload", href: `/${fileName}` })),
    ...[...styles].map((name): Linked => ({ rel: "stylesheet", href: `/${name}` })),
  ];
}
