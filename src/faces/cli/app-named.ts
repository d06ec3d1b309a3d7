/** Some commands take an app as a word, others by `--app`: who names it the other way is told which it is. Pure. */
import { quoted } from "./mistyped.ts";

export interface Typed {
  /** What commander says: "too many arguments …", "unknown option '--app'". */
  readonly message: string;
  /** All that was typed after the program's name. */
  readonly words: readonly string[];
  /** Of the command: what was typed beyond its name and options, and what it takes. */
  readonly given: readonly string[];
  readonly takes: readonly string[];
  readonly hasAppOption: boolean;
}

export interface Hint {
  /** Goes on from what is said to be wrong. */
  readonly hint: string;
  /** The whole command, as it was meant. */
  readonly next: string;
}

/** Gives how the app is named here; nothing where no app was named, or where none is taken. */
export function appNamed({ message, words, given, takes, hasAppOption }: Typed): Hint | undefined {
  const excess = given[takes.length];
  const isNamed = words.some((word) => word === "--app" || word.startsWith("--app="));
  if (message.startsWith("too many arguments") && excess !== undefined && hasAppOption) {
    // What is left over beside it is something else.
    if (isNamed) return undefined;
    const at = words.lastIndexOf(excess);
    const rest = words.filter((_, index) => index !== at);
    const next = whole([...rest, "--app", excess]);
    return { hint: `: to name an app, --app ${quoted(excess)}`, next };
  }
  if (/^unknown option '--app(?:=.*)?'/s.test(message) && takes.includes("app")) {
    const rest = words.flatMap((word) => (word === "--app" ? [] : word.replace(/^--app=/, "")));
    return { hint: ": the app is named without it", next: whole(rest) };
  }
  return undefined;
}

function whole(words: readonly string[]): string {
  return ["tidegate", ...words.map((word) => quoted(word))].join(" ");
}
