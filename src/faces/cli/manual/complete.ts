/** What can stand where somebody types. Pure: names that only the instance knows are asked for by kind. */
import type { Flag, Page, Word } from "./pages.ts";

/** Candidates that are known, or the kind of name that is wanted; of an app where one was typed. */
export type Wanted =
  | { readonly kind: "words"; readonly words: readonly Candidate[] }
  | { readonly kind: "names"; readonly of: NameKind; readonly app?: string }
  | { readonly kind: "files" | "directories" | "nothing" };

export interface Candidate {
  readonly text: string;
  readonly about: string;
}

export type NameKind =
  | "app"
  | "change"
  | "release"
  | "rollout"
  | "ssh-key"
  | "target"
  | "team"
  | "token"
  | "user";

const nameKinds: Readonly<Record<string, NameKind>> = {
  app: "app",
  change: "change",
  release: "release",
  rollout: "rollout",
  "ssh-key": "ssh-key",
  target: "target",
  team: "team",
  token: "token",
  user: "user",
};
const fileWords = new Set(["file", "scenario", "counts"]);
const directoryWords = new Set(["dir"]);

/** The last of the words is the one that is being typed; it may be empty. */
export function wantedAt(pages: readonly Page[], typed: readonly string[]): Wanted {
  // A shell may break --app=shop in three.
  const words = typed.filter((word) => word !== "=").flatMap((word) => broken(word));
  const current = words.at(-1) ?? "";
  const at = walk(pages, words.slice(0, -1));
  if (at.pending !== undefined) return wantedOf(at.pending.value ?? "", at.pending.choices, at.app);
  if (current.startsWith("-") && !at.isOver) return { kind: "words", words: flagsOf(at.page) };
  const children = pages.filter(({ name }) => isChild(name, at.page.name));
  if (children.length > 0)
    return { kind: "words", words: children.map((child) => commandOf(child)) };
  const word = wordAt(at.page.words, at.positionals);
  if (word === undefined) return { kind: "nothing" };
  if (word.name === "command") return { kind: "words", words: commandsAt(pages, at.rest) };
  return wantedOf(word.name, word.choices, at.app);
}

function broken(word: string): readonly string[] {
  const [, name = "", value = ""] = /^(--[a-z-]+)=(.*)$/.exec(word) ?? [];
  return name === "" ? [word] : [name, value];
}

interface Place {
  readonly page: Page;
  /** Words that are no command and no option, so far. */
  readonly positionals: number;
  /** Those words. */
  readonly rest: readonly string[];
  /** The option whose value is being typed. */
  readonly pending?: Flag;
  /** What `--app` was given. */
  readonly app?: string;
  /** Whether `--` was typed: no more options. */
  readonly isOver: boolean;
}

function walk(pages: readonly Page[], words: readonly string[]): Place {
  const [root] = pages;
  let place: Place = { page: root ?? noPage, positionals: 0, rest: [], isOver: false };
  for (const word of words) place = step(pages, place, word);
  return place;
}

function step(pages: readonly Page[], place: Place, word: string): Place {
  if (place.pending !== undefined) {
    const { pending, ...rest } = place;
    return pending.long === "--app" ? { ...rest, app: word } : rest;
  }
  if (word === "--") return { ...place, isOver: true };
  if (word.startsWith("-") && !place.isOver) {
    const flag = place.page.options.find(({ short, long }) => word === short || word === long);
    return flag?.value === undefined ? place : { ...place, pending: flag };
  }
  const page = pages.find(({ name }) => name === `${place.page.name} ${word}`.trim());
  if (page !== undefined && place.positionals === 0) return { ...place, page };
  return { ...place, positionals: place.positionals + 1, rest: [...place.rest, word] };
}

const noPage: Page = {
  name: "",
  summary: "",
  heading: "",
  usage: "",
  isGroup: true,
  isChanging: false,
  details: [],
  words: [],
  options: [],
  examples: [],
  commands: [],
};

function isChild(name: string, parent: string): boolean {
  return name !== "" && name.split(" ").slice(0, -1).join(" ") === parent;
}

function wordAt(words: readonly Word[], index: number): Word | undefined {
  const last = words.at(-1);
  return words[index] ?? (last?.isList === true ? last : undefined);
}

function commandOf({ name, summary }: Page): Candidate {
  return { text: name.split(" ").at(-1) ?? "", about: summary };
}

/** For `help` and `man`: the commands below those typed so far. */
function commandsAt(pages: readonly Page[], words: readonly string[]): readonly Candidate[] {
  const children = pages.filter(({ name }) => isChild(name, words.join(" ")));
  return children.map((child) => commandOf(child));
}

function flagsOf({ options }: Page): readonly Candidate[] {
  const own = options.map(({ long, about }) => ({ text: long, about }));
  return [...own, { text: "--help", about: "say how it is used" }];
}

function wantedOf(name: string, choices: readonly string[], app: string | undefined): Wanted {
  if (choices.length > 0) {
    return { kind: "words", words: choices.map((text) => ({ text, about: name })) };
  }
  if (fileWords.has(name)) return { kind: "files" };
  if (directoryWords.has(name)) return { kind: "directories" };
  const of = nameKinds[name];
  if (of === undefined) return { kind: "nothing" };
  return { kind: "names", of, ...(app === undefined ? {} : { app }) };
}
