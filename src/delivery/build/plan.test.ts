import assert from "node:assert/strict";
import { createHash } from "node:crypto";
import { test } from "node:test";
import {
  parseObjectId,
  type Plan,
  type RolloutPolicy,
  type SourceTree,
  type TreeEntry,
} from "#domain";
import { err, ok } from "#std";
import { renderCommand } from "./command-line.ts";
import { planTree } from "./plan.ts";
import { renderPlan } from "./render-plan.ts";
import { stepKey } from "./step-key.ts";
import type { ToolName } from "./toolchain.ts";

const defaults: RolloutPolicy = {
  strategy: "adaptive",
  harmBudgetRequests: 50,
  alpha: 0.01,
  guardrails: [
    { name: "errors", tolerance: { ratio: 1.5, absolute: 0.005 } },
    { name: "latency", tolerance: { ratio: 1.3 } },
  ],
  exposureMaxPercent: 50,
  maxDurationMs: 3_600_000,
  atMaxDuration: "hold",
  userKey: { from: "edge_cookie" },
  warmMs: 600_000,
};
const toolchain = { node: "24.1.0", npm: "11.0.0", python: "3.13.1", go: "1.26.0" };

type Sources = Readonly<Record<string, string>>;

function treeOf(files: Sources): SourceTree {
  const entries = Object.entries(files).map(([path, text]): TreeEntry => {
    const oid = parseObjectId(createHash("sha1").update(text).digest("hex"));
    assert(oid.ok);
    return { path, mode: "100644", oid: oid.value, sizeBytes: text.length };
  });
  return {
    entries: entries.toSorted((a, b) => (a.path < b.path ? -1 : 1)),
    read: (path) => {
      const text = files[path];
      return Promise.resolve(
        text === undefined ? err({ code: "not_found", what: "file", name: path }) : ok(text),
      );
    },
  };
}

async function planned(files: Sources): Promise<Plan> {
  const plan = await planTree(treeOf(files), toolchain, defaults);
  assert(plan.ok, JSON.stringify(plan));
  return plan.value;
}

/** A plan as one line per step and process, which is all that these tables compare. */
function brief(plan: Plan): readonly string[] {
  const steps = plan.steps.flatMap(({ name, commands }) =>
    commands.map((argv) => `${name}: ${renderCommand(argv)}`),
  );
  const processes = Object.entries(plan.processes).map(
    ([name, { argv }]) => `${name}: ${renderCommand(argv)}`,
  );
  return [plan.stack, ...steps, ...processes];
}

function packageJson(value: object): string {
  return JSON.stringify({ name: "shop", ...value });
}

const express = { dependencies: { express: "^5" } };
const ci = "install: npm ci --no-audit --no-fund";
const flask = "web: python -m flask --app app:app run --host ${HOST:-127.0.0.1} --port $PORT";
const pytest =
  "test: .venv/bin/python -m pytest -p no:cacheprovider -o junit_family=xunit1 --junitxml=.tidegate/reports/pytest.xml";
const venv = "install: python3 -m venv .venv";
const pip = "install: .venv/bin/python -m pip install --disable-pip-version-check";
const pipRequirements = `${pip} --requirement requirements.txt`;

// oxfmt-ignore
const cases: readonly (readonly [claim: string, files: Sources, expected: readonly string[]])[] = [
  ["a start script is run without npm", { "package.json": packageJson({ scripts: { start: "node server.js" } }) }, ["node", "web: node server.js"]],
  ["a lockfile is installed from", { "package.json": packageJson({ ...express, scripts: { start: "node ." } }), "package-lock.json": "{}" }, ["node", ci, "web: node ."]],
  ["no lockfile installs what package.json asks for", { "package.json": packageJson(express), "index.js": "" }, ["node", "install: npm install --no-package-lock --no-audit --no-fund", "web: node index.js"]],
  ["main stands before a usual name", { "package.json": packageJson({ main: "./lib/start.js" }), "lib/start.js": "", "server.js": "" }, ["node", "web: node lib/start.js"]],
  ["pnpm is told by its lockfile, and its version by the form", { "package.json": packageJson({ ...express, scripts: { start: "node ." } }), "pnpm-lock.yaml": "lockfileVersion: '6.0'\n" }, ["node", "install: npm exec --yes --package=pnpm@8 -- pnpm install --frozen-lockfile", "web: node ."]],
  ["yarn 1 is told by its lockfile", { "package.json": packageJson({ ...express, scripts: { start: "node ." } }), "yarn.lock": "# yarn lockfile v1\n" }, ["node", "install: npm exec --yes --package=yarn@1 -- yarn install --frozen-lockfile", "web: node ."]],
  ["packageManager stands before any lockfile", { "package.json": packageJson({ ...express, packageManager: "yarn@4.5.0", scripts: { start: "node ." } }), "yarn.lock": "__metadata:\n" }, ["node", "install: npm exec --yes --package=@yarnpkg/cli-dist@4.5.0 -- yarn install --immutable", "web: node ."]],
  ["build scripts run with their hooks", { "package.json": packageJson({ scripts: { prebuild: "rm -rf out", build: "tsc", start: "node out/a.js" } }) }, ["node", "build: rm -rf out", "build: tsc", "web: node out/a.js"]],
  ["npm's placeholder is no test", { "package.json": packageJson({ scripts: { start: "node .", test: 'echo "Error: no test specified" && exit 1' } }) }, ["node", "web: node ."]],
  ["a test script is a test", { "package.json": packageJson({ scripts: { start: "node .", test: "node --test" } }) }, ["node", "test: node --test", "web: node ."]],
  ["the project's own install scripts run with the build", { "package.json": packageJson({ ...express, scripts: { start: "node .", postinstall: "node generate.js" } }), "package-lock.json": "{}" }, ["node", `${ci} --ignore-scripts`, "install: npm rebuild", "build: node generate.js", "web: node ."]],
  ["git hooks of authors are not set up", { "package.json": packageJson({ ...express, scripts: { start: "node .", prepare: "husky" } }), "package-lock.json": "{}" }, ["node", ci, "web: node ."]],
  ["a Vite site is built and served", { "package.json": packageJson({ devDependencies: { vite: "^8" }, scripts: { build: "vite build", dev: "vite", start: "vite" } }), "package-lock.json": "{}", "index.html": "" }, ["static", ci, "build: vite build", "web: node .tidegate/static-server.mjs dist --single-page"]],
  ["a moved output directory is followed", { "package.json": packageJson({ devDependencies: { vite: "^8" }, scripts: { build: "vite build" } }), "package-lock.json": "{}", "vite.config.ts": "build: { outDir: './public_html' }" }, ["static", ci, "build: vite build", "web: node .tidegate/static-server.mjs public_html --single-page"]],
  ["Next starts its server", { "package.json": packageJson({ dependencies: { next: "16" }, scripts: { build: "next build", start: "next start" } }), "package-lock.json": "{}" }, ["node", ci, "build: next build", "web: next start"]],
  ["Flask without a server gets its own, on PORT", { "requirements.txt": "flask==3.0\n", "app.py": "app = Flask(__name__)\n" }, ["python", venv, pipRequirements, "install: RELOCATE", flask]],
  ["Flask with gunicorn gets gunicorn", { "requirements.txt": "Flask\ngunicorn>=20\n", "src/shop/__init__.py": "", "src/shop/web.py": "server: Flask = flask.Flask(__name__)\n" }, ["python", venv, pipRequirements, "install: RELOCATE", "web: python -m gunicorn --bind ${HOST:-127.0.0.1}:$PORT shop.web:server"]],
  ["a factory is called", { "requirements.txt": "flask\n", "shop/__init__.py": "def create_app(test=None):\n    app = Flask(__name__)\n" }, ["python", venv, pipRequirements, "install: RELOCATE", "web: python -m flask --app shop:create_app() run --host ${HOST:-127.0.0.1} --port $PORT"]],
  ["FastAPI is found in its module", { "requirements.txt": "fastapi[standard]\n", "app/main.py": "from fastapi import FastAPI\napi = FastAPI(title='x')\n" }, ["python", venv, pipRequirements, "install: RELOCATE", "web: python -m uvicorn --host ${HOST:-127.0.0.1} --port $PORT app.main:api"]],
  ["Poetry's groups bring the tests' runner", { "pyproject.toml": '[tool.poetry.dependencies]\npython="^3.11"\nflask="^3.0"\n[tool.poetry.group.dev.dependencies]\npytest="^8"\n', "app.py": "app = Flask(__name__)\n", "test_app.py": "" }, ["python", venv, `${pip} flask>=3.0,<4 pytest>=8,<9`, "install: RELOCATE", pytest, flask]],
  ["Poetry's constraints are said in pip's words", { "pyproject.toml": '[tool.poetry.dependencies]\na="^0.2.3"\nb="~1.2.3"\nc="~2"\nd="^0.0"\ne={version="^1.2", extras=["x","y"]}\nf={version="1", optional=true}\ng={git="https://example.org/g.git", tag="v1"}\nh=">=1,<2"\ni="1.4"\nj="*"\nk="1.*"\n', "app.py": "app = Flask(__name__)\n" }, ["python", venv, `${pip} a>=0.2.3,<0.3 b>=1.2.3,<1.3 c>=2,<3 d>=0.0,<0.1 e[x,y]>=1.2,<2 g @ git+https://example.org/g.git@v1 h>=1,<2 i==1.4 j k==1.*`, "install: RELOCATE", flask]],
  ["pyproject without a lock installs its dependencies", { "pyproject.toml": '[project]\nname="x"\ndependencies=["flask>=3"]\n', "app.py": "app = Flask(__name__)\n" }, ["python", venv, `${pip} flask>=3`, "install: RELOCATE", flask]],
  ["pytest runs when it is a dependency", { "requirements.txt": "flask\npytest\n", "app.py": "app = Flask(__name__)\n", "tests/test_app.py": "" }, ["python", venv, pipRequirements, "install: RELOCATE", pytest, flask]],
  ["a standard-library server is a script", { "server.py": "import http.server\n" }, ["python", "web: python server.py"]],
  ["Django is served by its WSGI module", { "requirements.txt": "django\ngunicorn\n", "manage.py": 'os.environ.setdefault("DJANGO_SETTINGS_MODULE", "mysite.settings")', "mysite/wsgi.py": "" }, ["python", venv, pipRequirements, "install: RELOCATE", "web: python -m gunicorn --bind ${HOST:-127.0.0.1}:$PORT mysite.wsgi:application"]],
  ["Go builds the package main", { "go.mod": "module example.com/shop\n\ngo 1.22\n", "main.go": "package main\n", "main_test.go": "package main\n" }, ["go", "build: go build -trimpath -buildvcs=false -o .tidegate/bin/ .", "test: go test -json ./...", "web: .tidegate/bin/shop"]],
  ["Go with dependencies fetches them and picks the program that serves", { "go.mod": "module example.com/shop\nrequire x.org/y v1.0.0\n", "cmd/migrate/main.go": "package main\n", "cmd/server/main.go": "package main\n" }, ["go", "build: go mod download", "build: go build -trimpath -buildvcs=false -o .tidegate/bin/ ./cmd/server", "web: .tidegate/bin/server"]],
  ["with a Procfile every Go program is built", { "go.mod": "module example.com/shop/v2\n", "main.go": "package main\n", "cmd/worker/main.go": "package main\n", Procfile: "web: shop\nworker: worker -n 1\n" }, ["go", "build: go build -trimpath -buildvcs=false -o .tidegate/bin/ . ./cmd/worker", "web: shop", "worker: worker -n 1"]],
  ["a Go program with assets stays Go", { "go.mod": "module x\n", "main.go": "package main\n", "package.json": packageJson({ scripts: { build: "x" } }) }, ["go", "build: go build -trimpath -buildvcs=false -o .tidegate/bin/ .", "web: .tidegate/bin/x"]],
  ["a page is a site", { "index.html": "<h1>hi" }, ["static", "web: node .tidegate/static-server.mjs ."]],
  ["a page in a usual directory is a site", { "README.md": "", "public/index.html": "<h1>hi" }, ["static", "web: node .tidegate/static-server.mjs public"]],
  ["a Procfile stands before detection", { "package.json": packageJson({ scripts: { start: "node a.js" } }), Procfile: "worker: node w.js\nweb: node b.js --port $PORT\n" }, ["node", "worker: node w.js", "web: node b.js --port $PORT"]],
  ["a Procfile alone is enough", { Procfile: "# ours\nweb: ./serve && true\n" }, ["custom", "web: ./serve && true"]],
  ["the manifest stands before the Procfile", { Procfile: "web: a\n", "tidegate.yaml": "processes:\n  web: b\nbuild:\n  command: make\ntest:\n  command: false\n" }, ["custom", "build: make", "web: b"]],
  ["the manifest names a site's root", { "tidegate.yaml": "static: { root: htdocs/de }\n" }, ["static", "web: node .tidegate/static-server.mjs htdocs/de"]],
];
for (const [claim, files, expected] of cases) {
  test(`planTree: ${claim}`, async () => {
    const lines = brief(await planned(files)).map((line) =>
      line.startsWith("install: find .venv") ? "install: RELOCATE" : line,
    );
    assert.deepEqual(lines, expected);
  });
}

test("planTree: the table reaches every stack", async () => {
  const every: Record<Plan["stack"], 1> = { node: 1, python: 1, go: 1, static: 1, custom: 1 };
  const reached = new Set(
    await Promise.all(cases.map(async ([, files]) => (await planned(files)).stack)),
  );
  assert.deepEqual([...reached].toSorted(), Object.keys(every).toSorted());
});

// oxfmt-ignore
const refusals: readonly (readonly [claim: string, files: Sources, expected: object])[] = [
  ["an unknown key, with the nearest known one", { "tidegate.yaml": "build:\n  comand: make\n" }, { file: "tidegate.yaml", line: 2, field: "build.comand", found: "comand", expected: "a known key; did you mean command?" }],
  ["a wrong type", { "tidegate.yaml": "processes:\n  web: x\nhealth:\n  timeout: 30\n" }, { file: "tidegate.yaml", line: 4, field: "health.timeout", found: "30", expected: "a duration such as 500ms, 30s, 10m, 1h or 2d" }],
  ["a value out of its range", { "tidegate.yaml": "rollout:\n  exposureMax: 120%\n" }, { file: "tidegate.yaml", line: 2, field: "rollout.exposureMax", found: '"120%"', expected: "a number from 0.01 to 100%" }],
  ["a list where a map belongs", { "tidegate.yaml": "processes:\n  - web\n" }, { file: "tidegate.yaml", line: 2, field: "processes", found: "a list", expected: "a map from process types (letters, digits, - and _)" }],
  ["a root outside the tree", { "tidegate.yaml": "static:\n  root: ../etc\n" }, { file: "tidegate.yaml", line: 2, field: "static.root", found: '"../etc"', expected: "a directory in the tree" }],
  ["a document that is not YAML", { "tidegate.yaml": "a: [1\n" }, { file: "tidegate.yaml", line: 2, expected: "valid YAML" }],
  ["aliases", { "tidegate.yaml": "a: &x [1]\nb: *x\n" }, { file: "tidegate.yaml", line: 2, found: "*x", expected: "values without aliases" }],
  ["more brackets than a parser gets through", { "tidegate.yaml": "[".repeat(1_000_000) }, { file: "tidegate.yaml", found: "1000000 bytes", expected: "at most 16384 bytes" }],
  ["a key given twice", { "tidegate.yaml": "stop: { grace: 1s }\nstop: { grace: 2s }\n" }, { file: "tidegate.yaml", line: 2, expected: "valid YAML" }],
  ["a promise that nobody can keep", { "tidegate.yaml": "slo: { availability: 100% }\n" }, { file: "tidegate.yaml", line: 1, field: "slo.availability", expected: "a number from 50 to 99.999%" }],
  ["a window of half a day", { "tidegate.yaml": "slo:\n  window: 36h\n" }, { file: "tidegate.yaml", line: 2, field: "slo.window", expected: "whole days, from 1d to 90d" }],
  ["a Procfile line without a command", { Procfile: "web: node a.js\n\nworker\n" }, { file: "Procfile", line: 3, found: "worker", expected: "a line such as `web: node server.js`" }],
  ["a package.json that is not JSON", { "package.json": "{" }, { file: "package.json", expected: "a JSON object" }],
];
for (const [claim, files, expected] of refusals) {
  test(`planTree: refuses ${claim}`, async () => {
    const plan = await planTree(treeOf(files), toolchain, defaults);
    assert(!plan.ok);
    assert.partialDeepStrictEqual(plan.error, { code: "invalid_input", ...expected });
  });
}

test("planTree: a tree with nothing to run says what was looked for and what is there", async () => {
  const plan = await planTree(
    treeOf({ "README.md": "", "web/package.json": "{}" }),
    toolchain,
    defaults,
  );
  assert(!plan.ok && plan.error.code === "no_app_found");
  assert.deepEqual(plan.error.found, ["web/package.json"]);
  assert.match(plan.error.next, /Procfile/);
  assert.equal(plan.error.lookedFor.length, 6);
});

const needsA = '{"dependencies":{"a":"1"},"main":"server.js"}';
// oxfmt-ignore
const lacking: readonly (readonly [tool: ToolName, because: string, files: Sources])[] = [
  ["go", "go.mod", { "go.mod": "module x\n", "main.go": "package main\n" }],
  ["python", "uv.lock", { "uv.lock": "", "pyproject.toml": "", "app.py": "app = Flask(__name__)\n" }],
  ["npm", "package.json without a lockfile", { "package.json": needsA, "server.js": "" }],
  ["npm", "pnpm-lock.yaml: npm fetches pnpm", { "package.json": needsA, "pnpm-lock.yaml": "", "server.js": "" }],
];
for (const [tool, because, files] of lacking) {
  test(`planTree: a missing ${tool} is named, with what needs it: ${because}`, async () => {
    const plan = await planTree(treeOf(files), { node: "24.1.0" }, defaults);
    assert(!plan.ok && plan.error.code === "tool_missing");
    assert.deepEqual([plan.error.tool, plan.error.because], [tool, because]);
  });
}

test("planTree: without anything to install Node alone is enough", async () => {
  const files = { "package.json": '{"main":"server.js"}', "server.js": "" };
  assert((await planTree(treeOf(files), { node: "24.1.0" }, defaults)).ok);
});

test("planTree: a manifest's rollout completes the defaults", async () => {
  const { rollout, health, stopGraceMs, gate } = await planned({
    "index.html": "",
    "tidegate.yaml": `
rollout:
  strategy: hold
  harmBudget: 10
  exposureMax: 25%
  maxDuration: 2h
  guardrails: { errors: { tolerance: 2 }, latency: { tolerance: { absolute: 0.01 } } }
  userKey: { header: x-user }
health: { path: /up, timeout: 5s }
stop: { grace: 3s }
gate: { small: change.files < 100 }
`,
  });
  assert.deepEqual(rollout, {
    ...defaults,
    strategy: "hold",
    harmBudgetRequests: 10,
    exposureMaxPercent: 25,
    maxDurationMs: 7_200_000,
    guardrails: [
      { name: "errors", tolerance: { ratio: 2, absolute: 0.005 } },
      { name: "latency", tolerance: { ratio: 1.3, absolute: 0.01 } },
    ],
    userKey: { from: "header", name: "x-user" },
  });
  assert.deepEqual(health, { path: "/up", timeoutMs: 5000 });
  assert.deepEqual([stopGraceMs, gate], [3000, { small: "change.files < 100" }]);
});

test("planTree: a promise is completed by what is usual, and is no part of a plan without one", async () => {
  const tree = { "index.html": "" };
  const { slo } = await planned({ ...tree, "tidegate.yaml": "slo: { window: 7d }\n" });
  assert.deepEqual(slo, { availabilityPercent: 99.9, windowDays: 7 });
  assert.ok(!("slo" in (await planned(tree))));
});

test("renderPlan: says for each decision which file made it", async () => {
  const lines = renderPlan(
    await planned({ "package.json": packageJson({ scripts: { start: "node ." } }) }),
  );
  assert(
    lines.some((line) => /node 24\.1\.0\s+because package\.json/.test(line)),
    lines.join("\n"),
  );
  assert(
    lines.some((line) => /start: node \.\s+because scripts\.start/.test(line)),
    lines.join("\n"),
  );
});

test("renderPlan: says that there are no tests, where there are none", async () => {
  const scripts = { start: "node ." };
  const without = renderPlan(await planned({ "package.json": packageJson({ scripts }) }));
  assert(without.includes("  test      none: nothing is checked before users meet it"));
  const tested = { "package.json": packageJson({ scripts: { ...scripts, test: "node --test" } }) };
  assert(!renderPlan(await planned(tested)).some((line) => line.includes("none: ")));
});

const app = {
  "package.json": packageJson({ ...express, scripts: { build: "x", start: "node ." } }),
  "package-lock.json": "{}",
  "a.js": "1",
};
// oxfmt-ignore
const keyCases: readonly (readonly [claim: string, changed: Sources, step: string, isEqual: boolean])[] = [
  ["a source file leaves the install as it is", { "a.js": "2" }, "install", true],
  ["a source file changes the build", { "a.js": "2" }, "build", false],
  ["the lockfile changes the install", { "package-lock.json": "{ }" }, "install", false],
  ["an equal tree has equal keys", {}, "build", true],
];
for (const [claim, changed, name, isEqual] of keyCases) {
  test(`stepKey: ${claim}`, async () => {
    const keys = [app, { ...app, ...changed }].map(async (files) => {
      const plan = await planned(files);
      const step = plan.steps.find((one) => one.name === name);
      assert(step !== undefined);
      return stepKey(step, treeOf(files), { plan, after: [] });
    });
    const [before, after] = await Promise.all(keys);
    assert.equal(before === after, isEqual);
  });
}
