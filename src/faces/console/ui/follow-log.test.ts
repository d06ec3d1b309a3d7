/** A live log is followed where somebody looks, to its end, and not beyond a new beginning. */
import assert from "node:assert/strict";
import { test, type TestContext } from "node:test";
import { setImmediate } from "node:timers/promises";
import { followLog } from "./follow-log.ts";

/** A page and its streams, as far as a log's follower sees them. */
class Stream extends EventTarget {
  static CLOSED = 2;
  static all: Stream[] = [];
  readyState = 0;
  isClosed = false;
  readonly address: string;

  constructor(address: string) {
    super();
    this.address = address;
    Stream.all.push(this);
  }

  close(): void {
    this.isClosed = true;
  }

  /** Answered with something else than a stream: the browser gives up. */
  refuse(): void {
    this.readyState = Stream.CLOSED;
    this.dispatchEvent(new Event("error"));
  }

  tell(name: string, data: unknown): void {
    if (!this.isClosed) this.dispatchEvent(new MessageEvent(name, { data: JSON.stringify(data) }));
  }
}

class Page extends EventTarget {
  visibilityState = "visible";

  become(state: "visible" | "hidden"): void {
    this.visibilityState = state;
    this.dispatchEvent(new Event("visibilitychange"));
  }
}

function begin(t: TestContext, state: "visible" | "hidden" = "visible") {
  const page = new Page();
  page.visibilityState = state;
  Stream.all = [];
  Object.assign(globalThis, { document: page, EventSource: Stream });
  t.after(() => {
    for (const name of ["document", "EventSource"]) Reflect.deleteProperty(globalThis, name);
  });
  const answers = { status: 429 };
  t.mock.method(globalThis, "fetch", async () => {
    const problem = { code: "any", title: "No", detail: `says ${answers.status}`, next: "Look." };
    return await Promise.resolve(Response.json(problem, answers));
  });
  const heard: unknown[] = [];
  const leave = followLog({
    after: 3,
    address: (after) => `/events?after=${after}`,
    onLines: ({ total, lines }) => heard.push([total, ...lines]),
    onAnew: () => heard.push("anew"),
    onRefused: (refusal) => heard.push(refusal?.error?.message ?? "taken"),
  });
  return { page, heard, leave, answers };
}

/** What was refused is asked why. */
async function refuse(stream: Stream | undefined): Promise<void> {
  stream?.refuse();
  await setImmediate();
}

const opened = () => Stream.all.map(({ address, isClosed }) => [address, isClosed]);
const lines = (from: number, ...text: readonly string[]) => ({
  total: from + text.length - 1,
  from,
  lines: text,
});

test("console: a hidden page lets go of a live log, and goes on after the last line it has", (t) => {
  const { page, heard, leave } = begin(t);
  Stream.all[0]?.tell("lines", lines(4, "four", "five"));
  page.become("hidden");
  assert.deepEqual(opened(), [["/events?after=3", true]]);
  page.become("visible");
  Stream.all[1]?.tell("lines", lines(6, "six"));
  assert.deepEqual(opened().at(1), ["/events?after=5", false]);
  assert.deepEqual(heard, [
    [5, "four", "five"],
    [6, "six"],
  ]);
  leave();
  page.become("hidden");
  page.become("visible");
  assert.deepEqual(
    opened().map(([, isClosed]) => isClosed),
    [true, true],
  );
});

test("console: a page that opens hidden follows a live log once it is looked at", (t) => {
  const { page } = begin(t, "hidden");
  assert.deepEqual(opened(), []);
  page.become("visible");
  assert.deepEqual(opened(), [["/events?after=3", false]]);
});

test("console: a live log that is refused is asked for again, later and later, and says so", async (t) => {
  t.mock.timers.enable({ apis: ["setTimeout"] });
  const { page, heard, leave } = begin(t);
  Stream.all[0]?.tell("lines", lines(4, "four"));
  Stream.all[0]?.dispatchEvent(new Event("error"));
  assert.equal(Stream.all.length, 1, "what breaks off the browser asks for again");
  await refuse(Stream.all[0]);
  t.mock.timers.tick(1_000);
  await refuse(Stream.all[1]);
  t.mock.timers.tick(1_000);
  assert.equal(Stream.all.length, 2);
  t.mock.timers.tick(1_000);
  assert.deepEqual(opened().at(-1), ["/events?after=4", false]);
  Stream.all[2]?.dispatchEvent(new Event("open"));
  assert.deepEqual(heard, [[4, "four"], "says 429", "says 429", "taken"]);
  await refuse(Stream.all[2]);
  page.become("hidden");
  t.mock.timers.tick(60_000);
  assert.equal(Stream.all.length, 3, "nobody looks");
  page.become("visible");
  await refuse(Stream.all[3]);
  leave();
  t.mock.timers.tick(60_000);
  assert.equal(Stream.all.length, 4);
});

for (const status of [401, 403, 404]) {
  test(`console: a live log that is refused with ${status} is not asked for again`, async (t) => {
    t.mock.timers.enable({ apis: ["setTimeout"] });
    const { page, heard, answers } = begin(t);
    answers.status = status;
    await refuse(Stream.all[0]);
    assert.deepEqual(heard, [`says ${status}`]);
    t.mock.timers.tick(60_000);
    page.become("hidden");
    page.become("visible");
    assert.equal(Stream.all.length, 1);
  });
}

test("console: what is refused while nobody looks any more is not told, and asked for once somebody does", async (t) => {
  t.mock.timers.enable({ apis: ["setTimeout"] });
  const { page, heard, answers } = begin(t);
  answers.status = 404;
  Stream.all[0]?.refuse();
  page.become("hidden");
  await setImmediate();
  assert.deepEqual(heard, []);
  page.become("visible");
  assert.equal(Stream.all.length, 2);
});

test("console: a live log that has ended is not asked for again", (t) => {
  const { page } = begin(t);
  Stream.all[0]?.tell("end", {});
  page.become("hidden");
  page.become("visible");
  assert.deepEqual(opened(), [["/events?after=3", true]]);
});

test("console: a live log of which the beginning was thrown away is to be begun anew", (t) => {
  const { page, heard } = begin(t);
  Stream.all[0]?.tell("lines", lines(4, "four"));
  Stream.all[0]?.tell("lines", lines(1, "one"));
  Stream.all[0]?.tell("lines", lines(2, "two"));
  page.become("visible");
  assert.deepEqual(heard, [[4, "four"], "anew"]);
  assert.deepEqual(opened(), [["/events?after=3", true]]);
});
