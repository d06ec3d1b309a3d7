/**
 * How the console becomes files: `dist/faces/console`, with names that carry their content's hash, no inline
 * script or style (the page's policy allows none), and each page's code apart from the shell's.
 */
import { join } from "node:path";
import react from "@vitejs/plugin-react";
import { defineConfig, type Plugin } from "vite";

export default defineConfig({
  root: import.meta.dirname,
  base: "/",
  publicDir: "public",
  plugins: [withoutNode(), react()],
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
