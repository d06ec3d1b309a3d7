/** One probe of one instance. */
import type { ProbePolicy } from "#domain";
import { probeAnswerBytesMax } from "../limits.ts";

// By name an import reads all of its exports, of which one is a whole HTTP client (decision 0199).
const { request } = process.getBuiltinModule("node:http");

export interface ProbeTarget {
  readonly host: string;
  readonly port: number;
  /** The Host header: what users' requests to the app carry. */
  readonly hostName: string;
}

/** Whether the answer is right, and came in time. Never throws; holds nothing of the answer. */
export async function askProbe(
  target: ProbeTarget,
  { path, expectStatus, timeoutMs }: ProbePolicy,
  signal: AbortSignal,
): Promise<boolean> {
  return await new Promise((resolve) => {
    const asked = request({
      host: target.host,
      port: target.port,
      path,
      method: "GET",
      headers: { host: target.hostName, "user-agent": "tidegate-probe", accept: "*/*" },
      agent: false,
      signal: AbortSignal.any([signal, AbortSignal.timeout(timeoutMs)]),
    });
    asked.once("error", () => resolve(false));
    // Without an error or a response, as after 101: whatever the connection becomes, it is no answer.
    asked.once("close", () => resolve(false));
    asked.once("response", (response) => {
      const { statusCode = 0 } = response;
      const isRight = expectStatus === undefined ? statusCode < 400 : statusCode === expectStatus;
      let bytes = 0;
      response.on("data", (chunk: Buffer) => {
        bytes += chunk.length;
        if (bytes <= probeAnswerBytesMax) return;
        resolve(isRight); // enough was seen
        response.destroy();
      });
      response.once("end", () => resolve(isRight));
      response.once("error", () => resolve(false)); // cut off in the middle
    });
    asked.end();
  });
}
