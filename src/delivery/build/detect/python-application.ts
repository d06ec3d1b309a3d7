/**
 * Finds the module and the object that a Python server is given ("app.main:app").
 *
 * Guessing `main:app` is what most platforms do and where they fail most; so the sources are read for
 * the line that makes the application, and names only decide between several.
 */
import type { Files } from "../files.ts";
import { searchedFilesMax } from "../limits.ts";

export interface Application {
  readonly kind: "asgi" | "flask" | "wsgi" | "django" | "streamlit" | "script";
  /** "module:object", or a file for `script` and `streamlit`. */
  readonly target: string;
  readonly file: string;
  readonly because: string;
}

const usualNames = [
  "main",
  "app",
  "server",
  "wsgi",
  "asgi",
  "application",
  "run",
  "api",
  "web",
  "index",
  "__init__",
];
const skipped = /(?:^|\/)(?:tests?|docs?|examples?|scripts|migrations|node_modules|\.venv|venv)\//;
const depthMax = 4;

interface Making {
  readonly kind: Application["kind"];
  readonly constructor: RegExp;
  readonly name: string;
}

// Group 1 is the object's name.
const assigned = (constructor: string) =>
  new RegExp(`^(\\w+)\\s*(?::\\s*[\\w.]+\\s*)?=\\s*(?:\\w+\\.)?${constructor}\\(`, "m");
const makings: readonly Making[] = [
  { kind: "asgi", constructor: assigned("FastAPI"), name: "FastAPI(" },
  { kind: "flask", constructor: assigned("Flask"), name: "Flask(" },
  {
    kind: "asgi",
    constructor: assigned("(?:Starlette|Quart|Litestar|Sanic)"),
    name: "an ASGI application",
  },
  {
    kind: "wsgi",
    constructor: assigned("(?:Bottle|falcon\\.App|App)"),
    name: "a WSGI application",
  },
];
const factories: readonly (Making & { readonly within: RegExp })[] = [
  {
    kind: "flask",
    constructor: /^def (create_app|make_app)\(/m,
    within: /\bFlask\(/,
    name: "create_app()",
  },
];
// What a factory made is often kept in a module of its own: `app = create_app()`.
const made = /^(app|application)\s*(?::\s*[\w.]+\s*)?=\s*(?:create_app|make_app)\(/m;

export async function findApplication(files: Files): Promise<Application | undefined> {
  const django = await findDjango(files);
  if (django !== undefined) return django;
  const sources = candidates(files);
  const texts = new Map<string, string>();
  for (const file of sources) texts.set(file, (await files.text(file)) ?? "");

  for (const { kind, constructor, name } of makings) {
    const found = firstMatch(texts, constructor);
    if (found !== undefined) return application(kind, found, `${name} in ${found.file}`);
  }
  for (const { kind, constructor, within } of factories) {
    const factory = firstMatch(texts, constructor);
    if (factory === undefined || ![...texts.values()].some((text) => within.test(text))) continue;
    const kept = firstMatch(texts, made);
    if (kept !== undefined) return application(kind, kept, `${kept.name} in ${kept.file}`);
    const called = { ...factory, name: `${factory.name}()` };
    return application(kind, called, `${called.name} in ${factory.file}`);
  }
  return scriptOf(texts);
}

function candidates(files: Files): readonly string[] {
  return files.paths
    .filter(
      (path) => path.endsWith(".py") && !skipped.test(path) && path.split("/").length <= depthMax,
    )
    .filter((path) => !/(?:^|\/)(?:test_[^/]*|conftest|setup)\.py$/.test(path))
    .toSorted((a, b) => rank(a) - rank(b) || (a < b ? -1 : 1))
    .slice(0, searchedFilesMax);
}

/** Nearer the root first, then the usual names in their order. */
function rank(path: string): number {
  const parts = path.split("/");
  const stem = (parts.at(-1) ?? "").replace(/\.py$/, "");
  const place = usualNames.indexOf(stem);
  return parts.length * 100 + (place === -1 ? usualNames.length : place);
}

interface Match {
  readonly file: string;
  readonly name: string;
}

function firstMatch(texts: ReadonlyMap<string, string>, pattern: RegExp): Match | undefined {
  for (const [file, text] of texts) {
    const name = pattern.exec(text)?.[1];
    if (name !== undefined) return { file, name };
  }
  return undefined;
}

function application(kind: Application["kind"], match: Match, because: string): Application {
  return { kind, target: `${moduleOf(match.file)}:${match.name}`, file: match.file, because };
}

/** "src/shop/main.py" is the module `shop.main`, as `src` is put on PYTHONPATH. */
function moduleOf(file: string): string {
  return file
    .replace(/\.py$/, "")
    .replace(/\/__init__$/, "")
    .replace(/^src\//, "")
    .replaceAll("/", ".");
}

async function findDjango(files: Files): Promise<Application | undefined> {
  const manage = await files.text("manage.py");
  if (manage === undefined || !manage.includes("DJANGO_SETTINGS_MODULE")) return undefined;
  const settings = /DJANGO_SETTINGS_MODULE["'],\s*["']([\w.]+)["']/.exec(manage)?.[1];
  const own = settings?.split(".")[0];
  const wsgi =
    files.first(own === undefined ? [] : [`${own}/wsgi.py`]) ??
    files.paths.find((path) => /^[^/]+\/wsgi\.py$/.test(path));
  const target = wsgi === undefined ? "manage.py" : `${moduleOf(wsgi)}:application`;
  return { kind: "django", target, file: "manage.py", because: "manage.py" };
}

function scriptOf(texts: ReadonlyMap<string, string>): Application | undefined {
  const streamlit = firstMatch(texts, /^(?:import|from) (streamlit)\b/m);
  if (streamlit !== undefined) {
    const { file } = streamlit;
    return { kind: "streamlit", target: file, file, because: `streamlit in ${file}` };
  }
  for (const file of ["main.py", "app.py", "server.py", "run.py"]) {
    if (texts.has(file)) return { kind: "script", target: file, file, because: file };
  }
  return undefined;
}
