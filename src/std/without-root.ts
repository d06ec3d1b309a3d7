/** Text without the directory of an app's code: where that lies on a machine says nothing to who reads it. */

/** `root` is absolute; "": the text as it is. `at file:///data/artifacts/ab12/lib/pick.js:2` is `at lib/pick.js:2`. */
export function withoutRoot(text: string, root: string): string {
  return root === "" ? text : text.replaceAll(`file://${root}/`, "").replaceAll(`${root}/`, "");
}
