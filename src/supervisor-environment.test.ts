import assert from "node:assert/strict";
import { test } from "node:test";
import { edgeEnvironment, serverEnvironment } from "./supervisor-environment.ts";

const databaseUrl = "postgresql://here";

// oxfmt-ignore
const names: readonly (readonly [name: string, isPassed: boolean])[] = [
  ["PATH", true], ["TIDEGATE_LOG", true], ["PIP_CERT", true], ["UV_INDEX_URL", true], ["GOPROXY", true],
  ["https_proxy", true], ["ALL_PROXY", true], ["SSL_CERT_FILE", true], ["NODE_EXTRA_CA_CERTS", true],
  ["REQUESTS_CA_BUNDLE", true], ["CURL_CA_BUNDLE", true], ["GIT_SSL_CAINFO", true],
  ["NPM_TOKEN", false], ["AWS_SECRET_ACCESS_KEY", false], ["NODE_OPTIONS", false], ["LD_PRELOAD", false],
];
for (const [name, isPassed] of names) {
  test(`child environment: ${name} is ${isPassed ? "" : "not "}handed on`, () => {
    assert.equal(name in edgeEnvironment({ [name]: "x" }, {}), isPassed);
    assert.equal(name in serverEnvironment({ [name]: "x" }, { databaseUrl }), isPassed);
  });
}

test("child environment: the database's URL is ours to give, and the server's", () => {
  const own = { DATABASE_URL: "postgresql://somewhere" };
  assert.equal("DATABASE_URL" in edgeEnvironment(own, {}), false);
  assert.equal(serverEnvironment(own, { databaseUrl })["DATABASE_URL"], databaseUrl);
});

test("child environment: the Prometheus servers, with their passwords, are told to the server only", () => {
  const own = { TIDEGATE_PROMETHEUS: "http://ana:secret@prom", TIDEGATE_PROMETHEUS_X: "x" };
  const edge = edgeEnvironment(own, {});
  assert.equal("TIDEGATE_PROMETHEUS" in edge, false);
  assert.equal(edge["TIDEGATE_PROMETHEUS_X"], "x");
  const server = serverEnvironment(own, { databaseUrl });
  assert.equal(server["TIDEGATE_PROMETHEUS"], own.TIDEGATE_PROMETHEUS);
});
