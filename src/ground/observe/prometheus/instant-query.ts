/** One question to a Prometheus-compatible server, answered with one number or with why there is none. */
import { err, ok, type Result } from "#std";
import type { MetricProblem } from "#domain";
import { prometheusAnswerBytesMax, prometheusTimeoutMs } from "../limits.ts";
import type { PrometheusServer } from "./servers.ts";

type QueryFailure = Pick<MetricProblem, "code" | "because">;

/** Asks for the value now. Takes at most the time-out; follows no redirect; never throws. */
export async function instantQuery(
  server: PrometheusServer,
  query: string,
  signal: AbortSignal,
): Promise<Result<number, QueryFailure>> {
  const timeout = AbortSignal.timeout(prometheusTimeoutMs);
  try {
    const response = await fetch(`${server.url}/api/v1/query`, {
      method: "POST",
      // What redirects may lead anywhere, with the operator's credentials.
      redirect: "manual",
      headers: {
        accept: "application/json",
        ...(server.authorization === undefined ? {} : { authorization: server.authorization }),
      },
      body: new URLSearchParams({ query }),
      signal: AbortSignal.any([signal, timeout]),
    });
    const text = await boundedText(response);
    if (text === undefined) {
      return failed(
        "answer_too_large",
        `${server.name} answered more than ${prometheusAnswerBytesMax} bytes`,
      );
    }
    return readAnswer(response.status, text, server.name);
  } catch (error) {
    if (timeout.aborted) {
      return failed(
        "timed_out",
        `${server.name} did not answer in ${prometheusTimeoutMs / 1000} s`,
      );
    }
    const cause = error instanceof Error && error.cause instanceof Error ? error.cause : error;
    const code =
      cause instanceof Error && "code" in cause ? String(cause.code) : "connection failed";
    return failed("unreachable", `${server.name} cannot be reached: ${code}`);
  }
}

/** The body, or `undefined` when it is larger than allowed; no more than that is ever held. */
async function boundedText(response: Response): Promise<string | undefined> {
  const chunks: Uint8Array[] = [];
  let bytes = 0;
  for await (const chunk of response.body ?? []) {
    bytes += chunk.byteLength;
    if (bytes > prometheusAnswerBytesMax) return undefined; // leaving the loop cancels the body
    chunks.push(chunk);
  }
  return Buffer.concat(chunks).toString("utf8");
}

/** What an answer says. Pure. */
export function readAnswer(
  status: number,
  text: string,
  server: string,
): Result<number, QueryFailure> {
  if (status >= 300 && status < 400) {
    return failed("refused", `${server} redirects (${status}); expected the API itself`);
  }
  const answer = objectOf(text);
  if (status !== 200) {
    const said = typeof answer?.["error"] === "string" ? `: ${answer["error"].slice(0, 200)}` : "";
    return failed("refused", `${server} answered ${status}${said}`);
  }
  const data = isRecord(answer?.["data"]) ? answer["data"] : undefined;
  if (answer?.["status"] !== "success" || data === undefined) {
    return failed("malformed_answer", `${server} did not answer as Prometheus does`);
  }
  return numberOf(data, server);
}

function numberOf(
  { resultType, result }: Readonly<Record<string, unknown>>,
  server: string,
): Result<number, QueryFailure> {
  if (resultType === "scalar") return valueOf(result, server);
  if (resultType !== "vector" || !Array.isArray(result)) {
    const found = typeof resultType === "string" ? resultType.slice(0, 20) : "nothing known";
    return failed("not_one_number", `the query gives a ${found}; expected one number`);
  }
  if (result.length === 0) return failed("no_data", `${server} has no data for the query`);
  if (result.length > 1) {
    const because = `the query gives ${result.length} series; expected one, as of sum(…)`;
    return failed("not_one_number", because);
  }
  const [series] = result as readonly unknown[];
  return valueOf(isRecord(series) ? series["value"] : undefined, server);
}

/** `[time, "value"]`. */
function valueOf(pair: unknown, server: string): Result<number, QueryFailure> {
  const text: unknown = Array.isArray(pair) ? pair[1] : undefined;
  if (typeof text !== "string") {
    return failed("malformed_answer", `${server} did not answer as Prometheus does`);
  }
  const value = text === "" ? Number.NaN : Number(text);
  return Number.isFinite(value) && value >= 0
    ? ok(value)
    : failed("not_a_number", `the query gives ${text.slice(0, 20)}; expected a count, 0 or more`);
}

function objectOf(text: string): Readonly<Record<string, unknown>> | undefined {
  try {
    const value: unknown = JSON.parse(text);
    return isRecord(value) ? value : undefined;
  } catch {
    return undefined; // the caller says that it is no answer
  }
}

function isRecord(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

function failed(code: QueryFailure["code"], because: string): Result<never, QueryFailure> {
  return err({ code, because });
}
