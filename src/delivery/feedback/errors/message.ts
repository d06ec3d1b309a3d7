/** Type and message of an error, from the line that tells of it. Pure. */

/** "TypeError: x", "Uncaught Error [CODE]: x", "2026-01-01 ERROR TypeError: x". */
export const typed =
  /(?:^|[\s([])(?:Uncaught )?((?:[A-Za-z_$][\w$]*\.)*[A-Za-z_$]*(?:Error|Exception|ExceptionGroup|Panic))(?: \[\w+\])?: ?(.*)$/;
/** Python tells of one without a message by its name alone. */
const bare = /^((?:[A-Za-z_]\w*\.)*[A-Z]\w*(?:Error|Exception|Exit|Interrupt|Iteration))$/;
/** A line's own time, level and process say nothing about what went wrong. */
const preamble =
  /^\W*(?:\d{4}[-/]\d\d[-/]\d\d[T ]?)?(?:\d\d:\d\d:\d\d[.,\dZ+:-]*)?[\s\])|-]*(?:\[?\w{0,12}\]? ?(?:ERROR|FATAL|CRITICAL|SEVERE)\b[\]:\s-]*)?/;

export interface Said {
  readonly type?: string;
  readonly message: string;
}

/** Of a line without a type, the line is the message. */
export function saidIn(text: string): Said {
  const [, type, message = ""] = typed.exec(text) ?? [];
  if (type !== undefined) return { type, message };
  const [, name] = bare.exec(text) ?? [];
  return name === undefined ? { message: text.replace(preamble, "") } : { type: name, message: "" };
}
