/** A WebSocket to an app through the edge, with short text messages: all that a journey needs of one. */
import { randomBytes } from "node:crypto";
import { once } from "node:events";
import { request } from "node:http";
import type { Duplex } from "node:stream";
import { within } from "./eventually.ts";

export interface Conversation {
  /** Says a word of less than 126 bytes; gives what the app answers. Rejects when the socket has ended. */
  say(word: string): Promise<string>;
  isOpen(): boolean;
  close(): void;
}

/** Opens one to `<app>.localhost`. Rejects when the app does not switch protocols. */
export async function converse(edgePort: number, app: string): Promise<Conversation> {
  const asked = request({
    host: "127.0.0.1",
    port: edgePort,
    headers: {
      host: `${app}.localhost:${edgePort}`,
      connection: "Upgrade",
      upgrade: "websocket",
      "sec-websocket-version": "13",
      "sec-websocket-key": randomBytes(16).toString("base64"),
    },
  });
  const opened = new Promise<Duplex>((resolve, reject) => {
    asked.once("upgrade", (_, socket) => resolve(socket));
    asked.once("response", ({ statusCode }) => reject(new Error(`answered ${statusCode}`)));
    asked.once("error", reject);
  });
  asked.end();
  const socket = await within(`${app} switches to WebSocket`, opened, 15_000);
  socket.on("error", () => undefined); // it ends; `say` tells
  return {
    async say(word) {
      if (socket.destroyed || socket.readableEnded) throw new Error("the socket was dropped");
      const text = Buffer.from(word);
      const mask = Buffer.alloc(4); // masking with zeros is masking too
      const answer = Promise.race([
        once(socket, "data").then(([frame]: Buffer[]) => frame?.subarray(2).toString("utf8") ?? ""),
        once(socket, "close").then(() => Promise.reject(new Error("the socket was dropped"))),
      ]);
      socket.write(Buffer.concat([Buffer.from([0x81, 0x80 | text.length]), mask, text]));
      return await within(`${app} answers on its socket`, answer, 15_000);
    },
    isOpen: () => !socket.destroyed && !socket.readableEnded,
    close: () => socket.destroy(),
  };
}

/** An app that answers requests with `word`, and each message on a WebSocket with `word: message`. */
export function conversing(word: string): string {
  return `import { createHash } from "node:crypto";
import { createServer } from "node:http";
const server = createServer((request, response) => response.end(${JSON.stringify(`${word}\n`)}));
server.on("upgrade", (request, socket) => {
  const key = request.headers["sec-websocket-key"] + "258EAFA5-E914-47DA-95CA-C5AB0DC85B11";
  const accept = createHash("sha1").update(key).digest("base64");
  socket.write("HTTP/1.1 101 Switching Protocols\\r\\nUpgrade: websocket\\r\\nConnection: Upgrade\\r\\n");
  socket.write(\`Sec-WebSocket-Accept: \${accept}\\r\\n\\r\\n\`);
  socket.on("error", () => 0);
  socket.on("data", (frame) => {
    const mask = frame.subarray(2, 6);
    const said = frame.subarray(6).map((byte, index) => byte ^ mask[index % 4]);
    const answer = Buffer.from(${JSON.stringify(`${word}: `)} + Buffer.from(said));
    socket.write(Buffer.concat([Buffer.from([0x81, answer.length]), answer]));
  });
});
process.on("SIGTERM", () => { server.close(); server.closeIdleConnections(); });
server.listen(process.env.PORT, process.env.HOST);
`;
}
