import assert from "node:assert/strict";
import { createServer, type Server, type ServerResponse } from "node:http";
import { after, before, test } from "node:test";
import { prometheusAnswerBytesMax, prometheusSeriesMax } from "../limits.ts";
import { instantQuery, readAnswer } from "./instant-query.ts";
import { parsePrometheusServers, type PrometheusServer } from "./servers.ts";

const success = (resultType: string, result: unknown): string =>
  JSON.stringify({ status: "success", data: { resultType, result } });
const labelled = (...metrics: readonly object[]): string =>
  success(
    "vector",
    metrics.map((metric) => ({ metric, value: [1.5, "1"] })),
  );
const numbered = (count: number): string =>
  labelled(...Array.from({ length: count }, (_, nth) => ({ instance: `host:${nth}` })));
const one = (value: unknown): string => success("vector", [{ metric: {}, value: [1.5, value] }]);

// oxfmt-ignore
const answers: readonly (readonly [claim: string, status: number, text: string, expected: readonly number[] | string])[] = [
  ["one series is its value", 200, one("42"), [42]],
  ["a scalar is its value", 200, success("scalar", [1.5, "7"]), [7]],
  ["zero is a value", 200, one("0"), [0]],
  ["a part of a count does not count", 200, one("1.9"), [1]],
  ["the largest whole number is a value", 200, one(String(Number.MAX_SAFE_INTEGER)), [Number.MAX_SAFE_INTEGER]],
  ["a larger one is none", 200, one("9007199254740992"), "not_a_number"],
  ["each series is a value", 200, labelled({ instance: "a" }, { instance: "b" }), [1, 1]],
  ["as many series as are allowed", 200, numbered(prometheusSeriesMax), Array.from({ length: prometheusSeriesMax }, () => 1)],
  ["one more is not a count", 200, numbered(prometheusSeriesMax + 1), "not_a_count"],
  ["two series with the same labels are no answer", 200, labelled({ a: "1", b: "2" }, { b: "2", a: "1" }), "malformed_answer"],
  ["one wrong value is no count", 200, success("vector", [{ metric: { a: "1" }, value: [1, "1"] }, { metric: { a: "2" }, value: [1, "NaN"] }]), "not_a_number"],
  ["no series is no data", 200, success("vector", []), "no_data"],
  ["a range is no count", 200, success("matrix", []), "not_a_count"],
  ["a string is no count", 200, success("string", [1, "a"]), "not_a_count"],
  ["a vector of no series is no answer", 200, success("vector", [1, null]), "malformed_answer"],
  ["NaN is not a number", 200, one("NaN"), "not_a_number"],
  ["infinity is none", 200, one("+Inf"), "not_a_number"],
  ["a negative count is none", 200, one("-1"), "not_a_number"],
  ["an empty value is none", 200, one(""), "not_a_number"],
  ["a value of another type is no answer", 200, one(3), "malformed_answer"],
  ["HTML is no answer", 200, "<html>", "malformed_answer"],
  ["a list is no answer", 200, "[]", "malformed_answer"],
  ["a failure with status 200 is no answer", 200, JSON.stringify({ status: "error", error: "x" }), "malformed_answer"],
  ["an answer without data is no answer", 200, JSON.stringify({ status: "success" }), "malformed_answer"],
  ["a wrong query is refused", 400, JSON.stringify({ status: "error", error: "parse error" }), "refused"],
  ["a fault of the server is refused", 503, "busy", "refused"],
  ["a redirect is refused", 302, "", "refused"],
];
for (const [claim, status, text, expected] of answers) {
  test(`an answer is read or refused: ${claim}`, () => {
    const read = readAnswer(status, text, "main");
    const values = read.ok ? read.value.map(({ value }) => value) : read.error.code;
    assert.deepEqual(values, expected);
  });
}

test("series are known again by their labels, in whatever order, and by instance when that is one", () => {
  const keys = [{ instance: "a", b: "1" }, { b: "1", instance: "a" }, { instance: "a" }, {}].map(
    (metric) => {
      const read = readAnswer(200, labelled(metric), "main");
      return read.ok ? read.value[0] : undefined;
    },
  );
  assert.deepEqual(keys[0], keys[1]);
  assert.equal(new Set(keys.map((series) => series?.key)).size, 3);
  assert.deepEqual(
    keys.map((series) => series?.isOfOneTarget),
    [true, true, true, false],
  );
});

test("what the server says of a wrong query is said on", () => {
  const read = readAnswer(400, JSON.stringify({ error: "parse error at char 3" }), "main");
  assert.equal(read.ok ? "" : read.error.because, "main answered 400: parse error at char 3");
});

const seen: { readonly authorization: string | undefined; readonly query: string | null }[] = [];
type Behaviour = (response: ServerResponse) => void;
const behaviours: Readonly<Record<string, Behaviour>> = {
  good: (response) => response.end(one("5")),
  silent: () => undefined,
  trickle: (response) => response.write("{"),
  large: (response) => response.end("x".repeat(prometheusAnswerBytesMax + 1)),
  redirect: (response) => response.writeHead(302, { location: "/good/api/v1/query" }).end(),
  reset: (response) => response.destroy(),
};

let server: Server;
let base: string;
before(async () => {
  server = createServer((request, response) => {
    let text = "";
    request.setEncoding("utf8");
    request.on("data", (chunk: string) => {
      text += chunk;
    });
    request.once("end", () => {
      const query = new URLSearchParams(text).get("query");
      seen.push({ authorization: request.headers.authorization, query });
      const [, behaviour = ""] = (request.url ?? "").split("/");
      behaviours[behaviour]?.(response);
    });
  });
  await new Promise<void>((resolve) => {
    server.listen(0, "127.0.0.1", resolve);
  });
  const address = server.address();
  assert.ok(typeof address === "object" && address !== null);
  base = `127.0.0.1:${address.port}`;
});
after(() => {
  server.closeAllConnections();
  server.close();
});

function serverAt(url: string): PrometheusServer {
  const parsed = parsePrometheusServers(url);
  assert.ok(parsed.ok);
  const [first] = parsed.value;
  assert.ok(first);
  return first;
}

// oxfmt-ignore
const servers: readonly (readonly [behaviour: string, expected: number | string])[] = [
  ["good", 5],
  ["silent", "timed_out"],
  ["trickle", "timed_out"],
  ["large", "answer_too_large"],
  ["redirect", "refused"],
  ["reset", "unreachable"],
];
for (const [behaviour, expected] of servers) {
  test(`a server that is ${behaviour} gives ${expected}`, async () => {
    const answer = await instantQuery(
      serverAt(`http://${base}/${behaviour}`),
      "sum(x)",
      new AbortController().signal,
    );
    assert.equal(answer.ok ? answer.value[0]?.value : answer.error.code, expected);
  });
}

test("credentials travel in a header, and the query in the body", async () => {
  seen.length = 0;
  const signal = new AbortController().signal;
  await instantQuery(serverAt(`http://ana:s%40cret@${base}/good`), `sum(x{a="b"})`, signal);
  const authorization = `Basic ${Buffer.from("ana:s@cret").toString("base64")}`;
  assert.deepEqual(seen, [{ authorization, query: `sum(x{a="b"})` }]);
});

// oxfmt-ignore
const lists: readonly (readonly [text: string, expected: readonly string[] | undefined])[] = [
  ["", []],
  ["http://127.0.0.1:9090", ["default http://127.0.0.1:9090"]],
  ["http://127.0.0.1:9090/", ["default http://127.0.0.1:9090"]],
  ["main=https://prom.example/a/, other=http://h:1", ["main https://prom.example/a", "other http://h:1"]],
  ["http://a:1,http://b:1", undefined],
  ["main=ftp://a", undefined],
  ["Main=http://a", undefined],
  ["http://a/?x=1", undefined],
  ["nonsense", undefined],
  ["http://ana:50%@h", undefined],
  ["http://%zz:secret@h", undefined],
  ["http://ana:%ff@h", undefined],
  ["http://ana:se,cret@h", undefined],
];
for (const [text, expected] of lists) {
  test(`servers are read or refused: ${text}`, () => {
    const read = parsePrometheusServers(text);
    assert.deepEqual(
      read.ok ? read.value.map(({ name, url }) => `${name} ${url}`) : undefined,
      expected,
    );
  });
}

for (const text of [
  "main=http://ana:secret@host/?x",
  "http://ana:secret%@host",
  "http://ana:secret,secret@host",
]) {
  test(`a list that is refused does not repeat a password: ${text}`, () => {
    const read = parsePrometheusServers(text);
    assert.doesNotMatch(read.ok ? "secret" : read.error, /secret/);
  });
}

test("a password may have any character, written as in a URL", () => {
  const { url, authorization } = serverAt("main=http://ana:5%25%2C%40%3a%20x@h:1");
  assert.equal(url, "http://h:1");
  const expected = Buffer.from("ana:5%,@: x").toString("base64");
  assert.equal(authorization, `Basic ${expected}`);
});
