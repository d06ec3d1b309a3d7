import { strict as assert } from "node:assert";
import { test } from "node:test";
import { createTestDatabase, systemClock } from "#ground/storage/testing";
import { prospectDatabase } from "./database/prospect.ts";
import { databaseFinding, judgeDatabase, type DatabaseAnswer } from "./findings.ts";

const url = { connection: "postgresql://me:hunter2@db.example:5432/tide", origin: "url" } as const;
const own = {
  connection: "postgresql://t@/p?host=%2Frun%2Ft&port=5432",
  origin: "system",
} as const;
const answer = (changes: { version?: string; off?: string[] } = {}): DatabaseAnswer => ({
  kind: "answered",
  version: "18.4",
  answerMs: 2,
  off: [],
  ...changes,
});

// oxfmt-ignore
const cases: readonly (readonly [claim: string, answer: DatabaseAnswer, of: Parameters<typeof judgeDatabase>[1], state: string, found: string, next: RegExp | undefined])[] = [
  ["one that is safe is good", answer(), own, "good", "18.4, embedded (the system's programs) at /run/t, answers in 2 ms, fsync on", undefined],
  ["a password in the URL is not told", answer(), url, "good", "18.4, of DATABASE_URL at db.example:5432/tide, answers in 2 ms, fsync on", undefined],
  ["the oldest we know is good", answer({ version: "14.0" }), own, "good", "14.0, embedded (the system's programs) at /run/t, answers in 2 ms, fsync on", undefined],
  ["an older one is to be replaced", answer({ version: "13.9" }), url, "fair", "13.9, of DATABASE_URL at db.example:5432/tide, answers in 2 ms, fsync on", /PostgreSQL 14 or newer/],
  ["one that may lose what it took is bad", answer({ off: ["fsync"] }), url, "bad", "18.4, of DATABASE_URL at db.example:5432/tide, answers in 2 ms, fsync off", /alter system set fsync = on;/],
  ["yours that is silent is yours to start", { kind: "silent", reason: "refused" }, url, "bad", "of DATABASE_URL at db.example:5432/tide does not answer: refused", /DATABASE_URL/],
  ["ours that is silent comes back", { kind: "silent", reason: "refused" }, own, "bad", "embedded (the system's programs) at /run/t does not answer: refused", /by itself/],
];
for (const [claim, said, of, state, found, next] of cases) {
  test(`database finding: ${claim}`, () => {
    const finding = judgeDatabase(said, of);
    assert.deepEqual([finding.name, finding.state, finding.found], ["postgresql", state, found]);
    if (next === undefined) assert.equal(finding.next, undefined);
    else assert.match(finding.next ?? "", next);
  });
}

test("database finding: a real database tells its version and that fsync is off in tests", async () => {
  await using database = await createTestDatabase();
  await using store = await database.open();
  const [finding] = await store.findings();
  assert.match(
    finding?.found ?? "",
    /^\d+\.\d+, of DATABASE_URL at \/.*, answers in \d+ ms, fsync/,
  );
  assert.match(finding?.found ?? "", /fsync and .*off$/);
  assert.equal(finding?.state, "bad");
});

const forEver = async () => await new Promise<never>(() => undefined);

test("database finding: one that never answers is not waited for", async () => {
  const hasty = { ...systemClock, sleep: async () => undefined };
  const finding = await databaseFinding({ ...url, ask: forEver, clock: hasty });
  assert.match(finding.found, /does not answer: no answer within 2 s/);
});

test("database prospect: a database that is not there is told with its reason", async () => {
  const databaseUrl = "postgresql://me:hunter2@127.0.0.1:1/tide";
  const finding = await prospectDatabase({ dataDir: "/nowhere", databaseUrl, clock: systemClock });
  assert.match(
    finding.found,
    /^of DATABASE_URL at 127\.0\.0\.1:1\/tide does not answer: .*REFUSED/,
  );
});

test("database prospect: programs for an embedded one are found, and nothing is made", async () => {
  const databaseUrl = undefined;
  const finding = await prospectDatabase({ dataDir: "/nowhere", databaseUrl, clock: systemClock });
  assert.equal(finding.state, "good");
  assert.match(finding.found, /^\d+, embedded \((?:the system's programs|programs from npm)\)/);
});
