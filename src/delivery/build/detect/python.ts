/** Python: how its dependencies are declared, and which module holds the application. */
import { noTestsDecided, type Reason } from "#domain";
import { parseCommandLine } from "../command-line.ts";
import { err, ok, type Result } from "#std";
import type { Draft, PlanError, StepDraft, Surroundings } from "../draft.ts";
import type { Files } from "../files.ts";
import type { Toolchain } from "../toolchain.ts";
import { findApplication, type Application } from "./python-application.ts";
import { pythonDependencies, type PythonDependencies } from "./python-dependencies.ts";

/** Detects a Python app. `undefined`: nothing declares dependencies and nothing could be run. */
export async function detectPython(
  around: Surroundings,
): Promise<Result<Draft | undefined, PlanError>> {
  const { files, toolchain } = around;
  const declared = await pythonDependencies(files);
  if (!declared.ok) return declared;
  const application = await findApplication(files);
  const dependencies = declared.value;
  if (dependencies === undefined && application === undefined) return ok(undefined);
  if (toolchain.python === undefined) return err(pythonMissing(dependencies, application));

  return ok(draftOf(around, { version: toolchain.python, dependencies, application }));
}

interface Found {
  readonly version: string;
  readonly dependencies: PythonDependencies | undefined;
  readonly application: Application | undefined;
}

function draftOf({ files, toolchain }: Surroundings, found: Found): Draft {
  const { version, dependencies, application } = found;
  const test = testOf(files, dependencies);
  const web = application && startOf(application, dependencies);
  const evidence = dependencies?.file ?? application?.file ?? "";
  const told = [test?.reason, web?.reason].filter((reason) => reason !== undefined);
  return {
    stack: "python",
    ...describe(version, dependencies),
    reasons: [
      { decided: `python ${version}`, because: evidence },
      ...reasonsFor(dependencies),
      ...told,
    ],
    binDirectories: [".venv/bin"],
    install: dependencies && installOf(dependencies, toolchain),
    build: undefined,
    test: test?.step,
    testReports: [pytestReport],
    web: web?.argv,
    env: environmentOf(files),
  };
}

function describe(version: string, dependencies: PythonDependencies | undefined) {
  const title = `Python ${version.split(".").slice(0, 2).join(".")}`;
  if (dependencies === undefined) return { title, tools: ["python"] as const };
  return {
    title: `${title}, ${dependencies.kind}`,
    tools: dependencies.kind === "uv" ? (["python", "uv"] as const) : (["python"] as const),
  };
}

function reasonsFor(dependencies: PythonDependencies | undefined): readonly Reason[] {
  return dependencies === undefined
    ? []
    : [{ decided: dependencies.kind, because: dependencies.file }];
}

function environmentOf(files: Files): Readonly<Record<string, string>> {
  const hasSource = files.paths.some((path) => /^src\/[^/]+\/__init__\.py$/.test(path));
  // A release is read-only: there is nowhere to write compiled modules to.
  const usual = { PYTHONUNBUFFERED: "1", PYTHONDONTWRITEBYTECODE: "1" };
  return hasSource ? { ...usual, PYTHONPATH: "src" } : usual;
}

function pythonMissing(
  dependencies: PythonDependencies | undefined,
  application: Application | undefined,
): PlanError {
  return {
    code: "tool_missing",
    tool: "python",
    because: dependencies?.file ?? application?.file ?? "Python files",
    next: "install Python with venv, for example: apt-get install python3 python3-venv",
  };
}

const venv = ["python3", "-m", "venv", ".venv"];
const pip = [".venv/bin/python", "-m", "pip", "install", "--disable-pip-version-check"];
/**
 * Programs in a virtual environment name its interpreter by absolute path, which is no longer there
 * once the release has moved to its place. `PATH` has `.venv/bin` first, so `env` finds the right one.
 */
const relocate = [
  "/bin/sh",
  "-c",
  "find .venv/bin -type f -exec sed -i '1s|^#!.*/\\.venv/bin/python[0-9.]*$|#!/usr/bin/env python|' {} +",
];

function installOf(dependencies: PythonDependencies, toolchain: Toolchain): StepDraft {
  const base = { inputs: dependencies.inputs, outputs: [".venv"] };
  const { requirements, kind } = dependencies;
  if (kind === "poetry") {
    const commands = [
      venv,
      ["python3", "-m", "venv", ".tidegate/poetry"],
      [".tidegate/poetry/bin/python", "-m", "pip", "install", "poetry"],
      [".tidegate/poetry/bin/poetry", "install", "--no-root", "--no-interaction"],
      relocate,
    ];
    return { ...base, commands, env: { POETRY_VIRTUALENVS_IN_PROJECT: "true" } };
  }
  if (kind === "uv") {
    const sync = ["sync", "--frozen", "--no-install-project", "--inexact"];
    // Where uv is missing it is fetched into the environment that it then fills.
    const commands =
      toolchain.uv === undefined
        ? [venv, [...pip, "uv"], [".venv/bin/uv", ...sync], relocate]
        : [venv, ["uv", ...sync], relocate];
    return { ...base, commands, env: { UV_PYTHON_DOWNLOADS: "never", UV_LINK_MODE: "copy" } };
  }
  const wanted =
    kind === "pip" ? requirements.flatMap((file) => ["--requirement", file]) : requirements;
  return { ...base, commands: [venv, [...pip, ...wanted], relocate] };
}

interface Start {
  readonly argv: readonly string[];
  readonly reason: Reason;
}

const address = "${HOST:-127.0.0.1}:$PORT";
const hostPort = "--host ${HOST:-127.0.0.1} --port $PORT";

/**
 * Servers by kind of application, the first whose package is a dependency. The server is the project's
 * own choice where it made one; a development server is the last resort (no package named), and never
 * the project's own `app.run()`, which would ignore PORT.
 */
const servers: Readonly<
  Record<Application["kind"], readonly (readonly [needs: string | undefined, line: string])[]>
> = {
  asgi: [
    ["uvicorn", `python -m uvicorn ${hostPort} TARGET`],
    ["hypercorn", `python -m hypercorn --bind ${address} TARGET`],
    [undefined, `python -m uvicorn ${hostPort} TARGET`],
  ],
  flask: [
    ["gunicorn", `python -m gunicorn --bind ${address} TARGET`],
    ["uwsgi", `uwsgi --http-socket ${address} --module TARGET`],
    ["waitress", `python -m waitress --listen=${address} TARGET`],
    [undefined, `python -m flask --app TARGET run ${hostPort}`],
  ],
  wsgi: [
    ["gunicorn", `python -m gunicorn --bind ${address} TARGET`],
    ["waitress", `python -m waitress --listen=${address} TARGET`],
    [undefined, `python FILE`],
  ],
  django: [
    ["gunicorn", `python -m gunicorn --bind ${address} TARGET`],
    ["waitress", `python -m waitress --listen=${address} TARGET`],
    [undefined, `python manage.py runserver --noreload ${address}`],
  ],
  streamlit: [
    [
      undefined,
      "python -m streamlit run FILE --server.headless true " +
        "--server.address ${HOST:-127.0.0.1} --server.port $PORT",
    ],
  ],
  script: [[undefined, `python FILE`]],
};

function startOf(application: Application, dependencies: PythonDependencies | undefined): Start {
  const names = dependencies?.names ?? new Set<string>();
  const { target, file, because, kind } = application;
  const server = servers[kind].find(([needs]) => needs === undefined || names.has(needs));
  const line = (server?.[1] ?? "python FILE").replace("TARGET", target).replace("FILE", file);
  const decided = `start: ${line.replaceAll("${HOST:-127.0.0.1}", "127.0.0.1")}`;
  return { argv: parseCommandLine(line), reason: { decided, because } };
}

const pytestReport = ".tidegate/reports/pytest.xml";
const testFile = /(?:^|\/)(?:test_[^/]*|[^/]*_test)\.py$/;

function testOf(
  files: Files,
  dependencies: PythonDependencies | undefined,
): { readonly step?: StepDraft; readonly reason: Reason } | undefined {
  const example = files.paths.find((path) => testFile.test(path));
  if (example === undefined) return undefined;
  if (dependencies?.names.has("pytest") !== true) {
    const because = `${example} is there, but pytest is not among the dependencies`;
    return { reason: { decided: noTestsDecided, because } };
  }
  return {
    step: {
      commands: [
        [
          ".venv/bin/python",
          "-m",
          "pytest",
          "-p",
          "no:cacheprovider",
          "-o",
          "junit_family=xunit1",
          `--junitxml=${pytestReport}`,
        ],
      ],
      inputs: ["."],
      outputs: [],
      env: { CI: "true" },
    },
    reason: { decided: "test: pytest", because: example },
  };
}
