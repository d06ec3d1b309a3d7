/** Plain http from elsewhere: led to https, and an authority is answered by us or by nobody. */
import assert from "node:assert/strict";
import { test, type TestContext } from "node:test";
import { ask, quietLog } from "./edge-fixture.conformance.ts";
import { openRedirect } from "./redirect.ts";

async function open(t: TestContext): Promise<number> {
  const own = new Set(["shop.example.org", "www.shop.test", "tidegate.example.org"]);
  const listener = openRedirect(
    { isOwnName: (name) => own.has(name) },
    {
      address: { domain: "example.org", port: 8443 },
      challenges: () => new Map([["token", "token.thumb"]]),
    },
    quietLog,
  );
  await listener.listen({ host: "127.0.0.1", port: 0 });
  t.after(async () => await listener.stop());
  return listener.port();
}

const challenge = "/.well-known/acme-challenge";
// oxfmt-ignore
const rows: readonly (readonly [claim: string, host: string, path: string, status: number, location?: string])[] = [
  ["a name of ours is led to https",                "shop.example.org",     "/a?b=c",                   308, "https://shop.example.org:8443/a?b=c"],
  ["a port in Host is not taken over",              "www.shop.test:81",     "/",                        308, "https://www.shop.test:8443/"],
  ["in whatever case",                              "WWW.Shop.Test",        "/",                        308, "https://www.shop.test:8443/"],
  ["another name is led nowhere",                   "evil.test",            "/",                        404],
  ["a name with a dot at its end is none",          "shop.example.org.",    "/",                        400],
  ["nor are two",                                   "a b",                  "/",                        400],
  ["the authority gets its answer",                 "tidegate.example.org", `${challenge}/token`,       200],
  ["no app answers for us what we are not asked",   "shop.example.org",     `${challenge}/other`,       404],
  ["nor at a domain of its own",                    "www.shop.test",        `${challenge}/other`,       404],
  ["nor with a query behind it",                    "shop.example.org",     `${challenge}/token?a`,     404],
  ["nor a file for another kind of authority",      "shop.example.org",     "/.well-known/pki-validation/a.txt", 404],
  ["nor for another name",                          "evil.test",            `${challenge}/token`,       404],
];
test("plain http", async (t) => {
  const port = await open(t);
  for (const [claim, host, path, status, location] of rows) {
    await t.test(claim, async () => {
      const answer = await ask(port, { path, headers: { host } });
      assert.deepEqual([answer.status, answer.headers.location], [status, location]);
      assert.equal(answer.headers["x-content-type-options"], "nosniff");
      assert.equal(answer.body.includes("token.thumb"), status === 200);
    });
  }
});
