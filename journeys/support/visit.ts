/** Requests to an app through the edge, as browsers make them: by the app's host name. */
import { type Agent, request } from "node:http";

export interface Answer {
  readonly status: number;
  readonly headers: Readonly<Record<string, string | readonly string[] | undefined>>;
  readonly body: string;
}

export interface VisitOptions {
  readonly path?: string;
  readonly headers?: Readonly<Record<string, string>>;
  /** A form, which is sent by POST. */
  readonly form?: URLSearchParams;
  readonly agent?: Agent;
  readonly timeoutMs?: number;
}

/** Visits `<app>.localhost` on the edge. Rejects when there is no answer. */
export async function visit(
  edgePort: number,
  app: string,
  options: VisitOptions = {},
): Promise<Answer> {
  return await new Promise((resolve, reject) => {
    const asked = request(
      {
        host: "127.0.0.1",
        port: edgePort,
        method: options.form === undefined ? "GET" : "POST",
        path: options.path ?? "/",
        headers: {
          host: `${app}.localhost:${edgePort}`,
          ...(options.form && { "content-type": "application/x-www-form-urlencoded" }),
          ...options.headers,
        },
        agent: options.agent,
        timeout: options.timeoutMs ?? 15_000,
      },
      (response) => {
        const chunks: Buffer[] = [];
        response.on("data", (chunk: Buffer) => chunks.push(chunk));
        response.once("error", reject);
        response.once("end", () => {
          const body = Buffer.concat(chunks).toString("utf8");
          resolve({ status: response.statusCode ?? 0, headers: response.headers, body });
        });
      },
    );
    asked.once("timeout", () => asked.destroy(new Error("no answer in time")));
    asked.once("error", reject);
    asked.end(options.form?.toString());
  });
}
