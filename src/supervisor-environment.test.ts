import assert from "node:assert/strict";
import { test } from "node:test";
import { childEnvironment } from "./supervisor-environment.ts";

// oxfmt-ignore
const names: readonly (readonly [name: string, isPassed: boolean])[] = [
  ["PATH", true], ["TIDEGATE_LOG", true], ["PIP_CERT", true], ["UV_INDEX_URL", true], ["GOPROXY", true],
  ["https_proxy", true], ["ALL_PROXY", true], ["SSL_CERT_FILE", true], ["NODE_EXTRA_CA_CERTS", true],
  ["REQUESTS_CA_BUNDLE", true], ["CURL_CA_BUNDLE", true], ["GIT_SSL_CAINFO", true],
  ["NPM_TOKEN", false], ["AWS_SECRET_ACCESS_KEY", false], ["NODE_OPTIONS", false], ["LD_PRELOAD", false],
];
for (const [name, isPassed] of names) {
  test(`child environment: ${name} is ${isPassed ? "" : "not "}handed on`, () => {
    assert.equal(name in childEnvironment({ [name]: "x" }, {}), isPassed);
  });
}

test("child environment: the database's URL is ours to give", () => {
  const own = { DATABASE_URL: "postgresql://somewhere" };
  assert.equal("DATABASE_URL" in childEnvironment(own, {}), false);
  const given = childEnvironment(own, { databaseUrl: "postgresql://here" });
  assert.equal(given["DATABASE_URL"], "postgresql://here");
});
