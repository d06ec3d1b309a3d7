/** One question to a Prometheus-compatible server, answered with counts or with why there are none. */
import { err, ok, type Result, sha256Hex } from "#std";
import type { MetricProblem } from "#domain";
import { prometheusAnswerBytesMax, prometheusSeriesMax, prometheusTimeoutMs } from "../limits.ts";
import type { Series } from "./rises.ts";
import type { PrometheusServer } from "./servers.ts";

type QueryFailure = Pick<MetricProblem, "code" | "because">;

/** Asks for the values now, one per series. Takes at most the time-out; follows no redirect; never throws. */
export async function instantQuery(
  server: PrometheusServer,
  query: string,
  signal: AbortSignal,
): Promise<Result<readonly Series[], QueryFailure>> {
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
): Result<readonly Series[], QueryFailure> {
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
  return seriesOf(data, server);
}

function seriesOf(
  { resultType, result }: Readonly<Record<string, unknown>>,
  server: string,
): Result<readonly Series[], QueryFailure> {
  if (resultType === "scalar") return listed([{ value: result }], server);
  if (resultType !== "vector" || !Array.isArray(result)) {
    const found = typeof resultType === "string" ? resultType.slice(0, 20) : "nothing known";
    return failed("not_a_count", `the query gives a ${found}; expected counters as they are now`);
  }
  if (result.length === 0) return failed("no_data", `${server} has no data for the query`);
  if (result.length > prometheusSeriesMax) {
    const because = `the query gives ${result.length} series; expected at most ${prometheusSeriesMax}, as of sum by (instance) (…)`;
    return failed("not_a_count", because);
  }
  return listed(result as readonly unknown[], server);
}

function listed(
  result: readonly unknown[],
  server: string,
): Result<readonly Series[], QueryFailure> {
  const series = new Map<string, Series>();
  for (const element of result) {
    const { metric = {}, value: pair } = isRecord(element) ? element : {};
    const value = countOf(pair, server);
    if (!value.ok) return value;
    const labels = isRecord(metric) ? Object.entries(metric) : [];
    // Long labels are not kept.
    const key = sha256Hex(JSON.stringify(labels.toSorted(([a], [b]) => (a < b ? -1 : 1))));
    const isOfOneTarget = labels.some(([name, label]) => name === "instance" && label !== "");
    if (series.has(key)) {
      return failed("malformed_answer", `${server} gives two series with the same labels`);
    }
    series.set(key, { key, isOfOneTarget, value: value.value });
  }
  return ok([...series.values()]);
}

/** `[time, "value"]`. */
function countOf(pair: unknown, server: string): Result<number, QueryFailure> {
  const text: unknown = Array.isArray(pair) ? pair[1] : undefined;
  if (typeof text !== "string") {
    return failed("malformed_answer", `${server} did not answer as Prometheus does`);
  }
  const value = text === "" ? Number.NaN : Math.floor(Number(text));
  return Number.isSafeInteger(value) && value >= 0
    ? ok(value)
    : failed(
        "not_a_number",
        `the query gives ${text.slice(0, 20)}; expected a count, 0 to ${Number.MAX_SAFE_INTEGER}`,
      );
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
