/** The kinds of app: each is delivered as it is, with no file added, and the plan says what decided. */
import assert from "node:assert/strict";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import path from "node:path";
import { test } from "node:test";
import { run } from "./support/command.ts";
import { Tidegate } from "./support/tidegate.ts";
import { examplesDir, exampleTree } from "./support/tree.ts";

const tide = await Tidegate.start();

/** Go compiles its standard library for an app's first build: minutes on a machine with other work. */
const firstBuildMsMax = 600_000;

interface Kind {
  readonly example: string;
  readonly stack: string;
  /** What decided, as the plan has to name it. */
  readonly because: RegExp;
  readonly body: RegExp;
  /** Why this machine cannot deliver it, if so. */
  readonly missing?: () => Promise<string | undefined>;
}

// oxfmt-ignore
const kinds: readonly Kind[] = [
  { example: "hello-node", stack: "node", because: /package\.json/, body: /The Harbour Shop/ },
  { example: "flask-hello", stack: "python", because: /requirements\.txt/, body: /from Flask/, missing: noFlask },
  { example: "go-hello", stack: "go", because: /go\.mod/, body: /^hello, world$/m, missing: noGo },
  { example: "static-site", stack: "static", because: /index\.html/, body: /<h1>Tides<\/h1>/ },
];

for (const { example, stack, because, body, missing } of kinds) {
  test(`${example} is delivered with no file added, and the plan names what decided`, async (context) => {
    const lacking = await missing?.();
    if (lacking !== undefined) return context.skip(lacking);
    const plan = await tide.json("plan", path.join(examplesDir, example));
    assert.equal(plan.stack, stack);
    const reasons: readonly { because: string }[] = plan.reasons;
    assert.ok(
      reasons.some((reason) => because.test(reason.because)),
      JSON.stringify(reasons),
    );
    const tree = await exampleTree(example);
    assert.ok(!("tidegate.yaml" in tree), "it says nothing of Tidegate");
    const author = await tide.createApp(example, tree);
    const pushed = await author.startPush().ended(firstBuildMsMax);
    assert.equal(pushed.code, 0, pushed.text);
    await tide.untilServes(example);
    assert.match((await tide.visit(example)).body, body);
    const change = await tide.untilState(await author.git("rev-parse", "HEAD"), ["live"]);
    assert.equal(change.artifact.plan.digest, plan.digest, "a push is built as the plan says");
  });
}

test("a static site's other files are served, and what is not there has its own page", async () => {
  const { status, headers, body } = await tide.visit("static-site", { path: "/style.css" });
  assert.equal(status, 200);
  assert.match(String(headers["content-type"]), /^text\/css/);
  assert.equal(body, (await exampleTree("static-site"))["style.css"]);
  const absent = await tide.visit("static-site", { path: "/nowhere" });
  assert.equal(absent.status, 404);
  assert.equal(absent.body, (await exampleTree("static-site"))["404.html"]);
});

test("none of this logs an error", async () => {
  assert.deepEqual(await tide.logged("error"), []);
});

/** Asks pip for one small package, as the build will. */
async function noFlask(): Promise<string | undefined> {
  const directory = await mkdtemp(path.join(tmpdir(), "tidegate-pip-"));
  const argv = [
    "-m",
    "pip",
    "download",
    "--quiet",
    "--no-deps",
    "--dest",
    directory,
    "flask==3.1.2",
  ];
  const ran = await run("python3", argv, { timeoutMs: 20_000 }).catch(() => undefined);
  await rm(directory, { recursive: true, force: true });
  if (ran === undefined) return "python3 is not installed";
  return ran.code === 0 ? undefined : "pip's registry cannot be reached";
}

async function noGo(): Promise<string | undefined> {
  const ran = await run("go", ["version"]).catch(() => undefined);
  return ran === undefined ? "go is not installed" : undefined;
}
