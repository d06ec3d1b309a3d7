/** Why a stream is refused: a browser tells of one that fails neither the status nor the words. */
import { Refused, Unreachable } from "./refused.ts";

export interface Refusal {
  /** To ask again is of no use: there is no session, it is not there, or not for the reader. */
  readonly isFinal: boolean;
  /** Absent: it was not refused any more when it was asked why. */
  readonly error?: Refused | Unreachable;
}

/** Who is not told why in time asks for the stream again. */
const answerMsMax = 10_000;
const finalStatuses: ReadonlySet<number> = new Set([401, 403, 404]);

/** Asks the stream's address once more, and lets go of what is answered. */
export async function whyRefused(address: string, signal: AbortSignal): Promise<Refusal> {
  const init = {
    headers: { accept: "text/event-stream, application/problem+json" },
    credentials: "same-origin",
    signal: AbortSignal.any([signal, AbortSignal.timeout(answerMsMax)]),
  } as const;
  try {
    const response = await fetch(address, init);
    if (!response.ok) {
      const error = await Refused.from(response);
      return { isFinal: finalStatuses.has(response.status), error };
    }
    await response.body?.cancel();
    return { isFinal: false };
  } catch (error) {
    return { isFinal: false, error: new Unreachable(error) };
  }
}
