import assert from "node:assert/strict";
import { test } from "node:test";
import { registryEnvironment } from "./registry-environment.ts";

const nothing = { npm: "", pip: "", go: "" };

test("registryEnvironment: what npm, pip and Go are told is handed on", () => {
  const npm = JSON.stringify({
    registry: "https://npm.example.com/",
    "@shop:registry": "https://shop.example.com/",
    "https-proxy": "http://proxy:3128",
    cafile: "/etc/ca.pem",
    "strict-ssl": true,
    "save-exact": true,
    proxy: null,
  });
  const pip =
    "global.index-url='https://pypi.example.com/simple'\nglobal.timeout='3'\n:env:.cert='/x'\n";
  const go = JSON.stringify({ GOPROXY: "https://go.example.com", GOPRIVATE: "" });
  assert.deepEqual(registryEnvironment({}, { npm, pip, go }), {
    npm_config_registry: "https://npm.example.com/",
    "npm_config_@shop:registry": "https://shop.example.com/",
    npm_config_https_proxy: "http://proxy:3128",
    npm_config_cafile: "/etc/ca.pem",
    npm_config_strict_ssl: "true",
    PIP_INDEX_URL: "https://pypi.example.com/simple",
    GOPROXY: "https://go.example.com",
  });
});

test("registryEnvironment: a variable stands before the same setting in a file", () => {
  const told = { ...nothing, pip: "global.index-url='https://a.example.com'\n" };
  const env = registryEnvironment({ PIP_INDEX_URL: "https://b.example.com" }, told);
  assert.deepEqual(env, { PIP_INDEX_URL: "https://b.example.com" });
});

test("registryEnvironment: credentials stay where they are", () => {
  const npm = JSON.stringify({
    registry: "https://user:hunter2@npm.example.com/",
    "//npm.example.com/:_authToken": "hunter2",
    _auth: "hunter2",
  });
  const env = registryEnvironment(
    {
      HTTPS_PROXY: "http://user:hunter2@proxy:3128",
      PIP_EXTRA_INDEX_URL: "https://a:hunter2@x.example.com https://b:hunter2@y.example.com",
      NPM_TOKEN: "hunter2",
      AWS_SECRET_ACCESS_KEY: "hunter2",
    },
    { ...nothing, npm },
  );
  assert.doesNotMatch(JSON.stringify(env), /hunter2/);
  assert.equal(env["HTTPS_PROXY"], "http://proxy:3128");
  assert.equal(env["PIP_EXTRA_INDEX_URL"], "https://x.example.com https://y.example.com");
});

test("registryEnvironment: programs that are absent or say something else add nothing", () => {
  for (const text of ["", "not json", "[]", "null", "3"]) {
    assert.deepEqual(registryEnvironment({}, { npm: text, pip: text, go: text }), {}, text);
  }
});
