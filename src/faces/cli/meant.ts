/** What was meant by words that are no command: slips of the finger, and what other tools call it. Pure. */
import { nearest } from "#std";

/** What people of git, kubectl and heroku type, and what does it here. */
export const elsewhere: Readonly<Record<string, string>> = {
  "app info": "tidegate app show",
  apply: "git push tide main",
  apps: "tidegate app list",
  "config get": "tidegate config list",
  create: "tidegate app create NAME",
  delete: "tidegate app delete NAME",
  deploy: "git push tide main",
  describe: "tidegate app show NAME",
  destroy: "tidegate app delete NAME",
  env: "tidegate config list",
  get: "tidegate app list",
  history: "tidegate change list",
  init: "tidegate app create NAME",
  list: "tidegate app list",
  log: "tidegate logs",
  login: "tidegate open",
  ls: "tidegate app list",
  ps: "tidegate status",
  push: "git push tide main",
  rm: "tidegate app delete NAME",
  "rollout cancel": "tidegate rollout abort",
  "rollout history": "tidegate release list",
  "rollout list": "tidegate change list",
  "rollout rollback": "tidegate release rollback",
  "rollout status": "tidegate rollout show",
  "rollout undo": "tidegate release rollback",
  show: "tidegate app show NAME",
  start: "tidegate up --detach",
  stop: "tidegate down",
  undo: "tidegate release rollback",
  version: "tidegate --version",
};

/** More than these leave the choice to the help. */
const offeredMax = 3;

/**
 * Gives the whole commands that may have been meant, none when nothing is near.
 * `words` are those typed without options, `names` the commands there are: "release rollback".
 */
export function meant(words: readonly string[], names: readonly string[]): readonly string[] {
  const typed = words.flatMap((word) => apart(word));
  const [first = "", second] = typed;
  const pairs = [`${first} ${second}`, `${singular(second ?? "")} ${first}`];
  const turned = pairs.find((pair) => names.includes(pair));
  if (turned !== undefined) return [`tidegate ${turned}`];
  const known = [`${first} ${second}`, first].find((start) => Object.hasOwn(elsewhere, start));
  if (known !== undefined) return [elsewhere[known] ?? ""];
  const groups = names.filter((name) => names.some((each) => each.startsWith(`${name} `)));
  const group = groups.includes(first) ? first : nearest(first, groups);
  const inGroup = second === undefined ? [] : guessed(second, verbsOf(group, names));
  if (inGroup.length > 0) return whole(inGroup);
  return whole(groups.includes(first) ? sameVerb(second, names) : guessedAlone(first, names));
}

/** A verb that is spelt right counts for more than a command that looks like the word. */
function guessedAlone(word: string, names: readonly string[]): readonly string[] {
  const exact = sameVerb(word, names);
  if (exact.length > 0) return exact;
  const near = nearest(
    word,
    names.filter((name) => !name.includes(" ")),
  );
  if (near !== undefined) return [near];
  const verbs = names.map((name) => name.split(" ").at(1) ?? "").filter((verb) => verb !== "");
  return sameVerb(nearest(word, verbs), names);
}

/** The command of a group whose verb the word nearly is. */
function guessed(word: string, verbs: ReadonlyMap<string, string>): readonly string[] {
  const name = verbs.get(nearest(word, [...verbs.keys()]) ?? "");
  return name === undefined ? [] : [name];
}

/** The commands of a group by their verbs. */
function verbsOf(group: string | undefined, names: readonly string[]): ReadonlyMap<string, string> {
  const below = names.filter((name) => group !== undefined && name.startsWith(`${group} `));
  return new Map(below.map((name) => [name.slice(name.indexOf(" ") + 1), name]));
}

/** Those of every group with this verb. */
function sameVerb(verb: string | undefined, names: readonly string[]): readonly string[] {
  return names.filter((name) => name.endsWith(` ${verb}`));
}

function whole(names: readonly string[]): readonly string[] {
  return names.length > offeredMax ? [] : names.map((name) => `tidegate ${name}`);
}

/** "apps:create" as "app create": who groups by colons says the plural. */
function apart(word: string): readonly string[] {
  const [group = "", ...rest] = word.split(":");
  return rest.length === 0 ? [word] : [singular(group), ...rest];
}

function singular(word: string): string {
  return word.replace(/s$/, "");
}

/** As a question, and what to type next: an empty one when nothing is near. */
export function asked(commands: readonly string[]): {
  readonly hint: string;
  readonly next?: string;
} {
  const [command] = commands;
  if (command === undefined) return { hint: "" };
  const isPage = /^tidegate (?!-)/.test(command);
  const name = command.replace(/^tidegate | [A-Z-].*$/g, "");
  return {
    hint: `. Did you mean ${new Intl.ListFormat("en", { type: "disjunction" }).format(commands)}?`,
    next: isPage ? `tidegate help ${name}` : command,
  };
}
