/** What a log's lines look like in a page. Pure. */

/* oxlint-disable no-control-regex -- control characters are what this is about */
/** Colours and cursor movements of a terminal, and what else is not text. */
const escapes = /\u001b(?:\[[0-9;?]*[ -/]*[@-~]|\][^\u0007\u001b]*(?:\u0007|\u001b\\)?|[@-_])/g;
const controls = /[\u0000-\u0008\u000b-\u001f\u007f-\u009f]/g;
/** Characters that turn the direction of what follows: in a log they only serve to deceive. */
const turns = /[\u202a-\u202e\u2066-\u2069]/g;
/* oxlint-enable no-control-regex */

/** The text of a line, without what a terminal would obey. */
export function stripControls(line: string): string {
  return line.replaceAll(escapes, "").replaceAll(controls, "").replaceAll(turns, "\ufffd");
}
