import assert from "node:assert/strict";
import { test } from "node:test";
import { dataDirectory } from "./data-directory.ts";

const user = { uid: 1000, home: "/home/ana", cwd: "/tmp" };
// oxfmt-ignore
const cases: readonly (readonly [string, Record<string, string>, number, string])[] = [
  ["TIDEGATE_DATA wins", { TIDEGATE_DATA: "/data", XDG_DATA_HOME: "/xdg" }, 0, "/data"],
  ["a relative one starts here", { TIDEGATE_DATA: "data" }, 1000, "/tmp/data"],
  ["an empty one does not count", { TIDEGATE_DATA: "" }, 0, "/var/lib/tidegate"],
  ["root's is the system's", { XDG_DATA_HOME: "/xdg" }, 0, "/var/lib/tidegate"],
  ["XDG_DATA_HOME is next", { XDG_DATA_HOME: "/xdg" }, 1000, "/xdg/tidegate"],
  ["a relative XDG_DATA_HOME does not count", { XDG_DATA_HOME: "xdg" }, 1000, "/home/ana/.local/share/tidegate"],
  ["the home is last", {}, 1000, "/home/ana/.local/share/tidegate"],
];
for (const [claim, env, uid, expected] of cases) {
  test(`dataDirectory: ${claim}`, () =>
    assert.equal(dataDirectory(env, { ...user, uid }), expected));
}
