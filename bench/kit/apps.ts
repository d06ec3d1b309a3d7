/** The apps that are delivered: what is in their repositories. */

const packageJson = JSON.stringify(
  {
    name: "bench-node",
    version: "1.0.0",
    private: true,
    scripts: { start: "node server.js" },
    dependencies: { ms: "2.1.3" },
  },
  undefined,
  2,
);

const packageLock = JSON.stringify(
  {
    name: "bench-node",
    version: "1.0.0",
    lockfileVersion: 3,
    requires: true,
    packages: {
      "": { name: "bench-node", version: "1.0.0", dependencies: { ms: "2.1.3" } },
      "node_modules/ms": {
        version: "2.1.3",
        integrity:
          "sha512-6FlzubTLZG3J2a/NVCAleEhjzq5oxgHyaCU9yYXvcLsvoVaHJq/s5xXI6/XXP6tz7R9xAOtHnSO/tXtF3WRTlA==",
      },
    },
  },
  undefined,
  2,
);

/** How everybody meets a release at once: what is measured is the platform, not the caution. */
export const allAtOnce = "rollout:\n  strategy: all-at-once\n";

export interface NodeApp {
  readonly mark: string;
  /** Share of requests that fail. Default: none. */
  readonly errorRatio?: number;
  /** Default: everybody at once. An empty text leaves the file out. */
  readonly manifest?: string;
}

/** A Node app with one dependency, a health route and a WebSocket that echoes nothing and stays open. */
export function nodeApp({
  mark,
  errorRatio = 0,
  manifest = allAtOnce,
}: NodeApp): Readonly<Record<string, string>> {
  return {
    "package.json": packageJson,
    "package-lock.json": packageLock,
    "server.js": serverSource(mark, errorRatio),
    ...(manifest === "" ? {} : { "tidegate.yaml": manifest }),
  };
}

function serverSource(mark: string, errorRatio: number): string {
  return `const { createHash } = require("node:crypto");
const { createServer } = require("node:http");
const ms = require("ms");

const mark = ${JSON.stringify(mark)};
const errorRatio = ${errorRatio};
const keepAliveTimeout = ms("75s");

const server = createServer({ keepAliveTimeout }, (request, response) => {
  const isBad = request.url !== "/health" && Math.random() < errorRatio;
  response.writeHead(isBad ? 500 : 200, { "content-type": "text/plain" });
  response.end(isBad ? "failed " + mark + "\\n" : mark + "\\n");
});
server.on("upgrade", (request, socket) => {
  const key = request.headers["sec-websocket-key"] + "258EAFA5-E914-47DA-95CA-C5AB0DC85B11";
  const accept = createHash("sha1").update(key).digest("base64");
  socket.write(
    "HTTP/1.1 101 Switching Protocols\\r\\nUpgrade: websocket\\r\\nConnection: Upgrade\\r\\n" +
      "Sec-WebSocket-Accept: " + accept + "\\r\\n\\r\\n",
  );
  socket.on("error", () => {});
});
server.listen(Number(process.env.PORT), "127.0.0.1");
process.on("SIGTERM", () => server.close(() => process.exit()));
`;
}

/** A static site; the mark is on its first page. */
export function staticSite(mark: string, fileCount: number): Readonly<Record<string, string>> {
  const pages = Array.from({ length: fileCount - 2 }, (_, index) => [
    `pages/${index % 20}/${index}.html`,
    `<!doctype html><title>${index}</title><p>${"page ".repeat(40)}${index}\n`,
  ]);
  return {
    ...Object.fromEntries(pages),
    "index.html": `<!doctype html><title>site</title><p>${mark}\n`,
    "tidegate.yaml": allAtOnce,
  };
}
