/** Somebody who visits an app over one keep-alive connection and reads which release answers. */
import { Agent, request, type IncomingMessage } from "node:http";
import { setTimeout as delay } from "node:timers/promises";

export interface Answer {
  readonly status: number;
  readonly body: string;
  readonly cookie: string | undefined;
}

export interface Visitor extends Disposable {
  readonly visit: (path?: string, headers?: Readonly<Record<string, string>>) => Promise<Answer>;
}

export function openVisitor(host: string, port: number): Visitor {
  const agent = new Agent({ keepAlive: true, maxSockets: 1 });
  return {
    visit: async (path = "/", headers = {}) =>
      await new Promise((resolve, reject) => {
        const options = { host: "127.0.0.1", port, path, agent, headers: { host, ...headers } };
        const outgoing = request(options, (response: IncomingMessage) => {
          let body = "";
          response.setEncoding("utf8").on("data", (text: string) => (body += text));
          response.on("error", reject).on("end", () => {
            const cookie = response.headers["set-cookie"]?.[0]?.split(";", 1)[0];
            resolve({ status: response.statusCode ?? 0, body, cookie });
          });
        });
        outgoing.on("error", reject).end();
      }),
    [Symbol.dispose]() {
      agent.destroy();
    },
  };
}

/** How often a release is looked for; adds half of itself to what is measured, on both sides. */
const lookEveryMs = 5;

/** Resolves with how long it took from `startedAt` until an answer carried the mark. */
export async function firstAnswerWith(
  mark: string,
  visitor: Visitor,
  { startedAt, timeoutMs = 60_000 }: { readonly startedAt: number; readonly timeoutMs?: number },
): Promise<number> {
  for (;;) {
    const answer = await visitor.visit().catch(() => undefined);
    const tookMs = performance.now() - startedAt;
    if (answer?.status === 200 && answer.body.includes(mark)) return tookMs;
    if (tookMs > timeoutMs) throw new Error(`no answer with ${mark} in ${timeoutMs} ms`);
    await delay(lookEveryMs);
  }
}
