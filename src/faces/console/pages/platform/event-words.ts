/** What the types of journal entries are called on a page. Pure; a type that is not known keeps its own name. */

/** `dev.tidegate.rollout.exposure_changed` as "rollout exposure changed". */
export function eventWords(type: string): string {
  return type
    .replace(/^dev\.(?:cdevents|tidegate)\./, "")
    .replaceAll(/[._]/g, " ")
    .replace("testsuiterun", "tests")
    .replace("rolledback", "rolled back");
}
