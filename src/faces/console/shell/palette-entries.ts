/** What the command palette offers for what was typed. Pure. */
import type { ChangeSummaryResource } from "#faces/api/contract";
import { changeStates } from "../ui/state.ts";
import { short } from "../ui/words.ts";
import type { Action } from "./actions.tsx";
import { appCommands, platformCommands } from "./commands.ts";
import { destinations } from "./destinations.ts";
import type { Refusal } from "./use-rights.ts";

export interface PaletteEntry {
  readonly group: "On this page" | "Go to" | "Do" | "Apps" | "Changes";
  readonly label: string;
  readonly note: string;
  readonly refusal?: string | undefined;
  /** Why the reader may not do it where it leads; it is said there as well. */
  readonly why?: string | undefined;
  readonly does:
    | { readonly kind: "run"; readonly run: () => void }
    | { readonly kind: "go"; readonly href: string }
    /** To a page that is not the console's. */
    | { readonly kind: "leave"; readonly href: string };
}

export interface Found {
  readonly typed: string;
  readonly actions: readonly Action[];
  readonly apps: readonly { readonly name: string }[];
  readonly changes: readonly ChangeSummaryResource[];
  /** Some of the apps there are, whatever was typed: what can be done is done to one of them. */
  readonly known: readonly { readonly name: string }[];
  /** Of what is done to the platform. */
  readonly refusal: Refusal;
}

/** In the order in which they are drawn; what the page does comes first. */
export function paletteEntries({
  typed,
  actions,
  apps,
  changes,
  known,
  refusal: whyNot,
}: Found): readonly PaletteEntry[] {
  const words = wordsOf(typed);
  return [
    ...actions
      .filter(({ label, also }) => isMeant(words, `${label} ${also ?? ""}`))
      .map(({ label, key, refusal, run }): PaletteEntry => ({
        group: "On this page",
        label,
        note: refusal ?? key,
        refusal,
        does: { kind: "run", run },
      })),
    ...destinations
      .filter(({ label }) => isMeant(words, label))
      .map((one): PaletteEntry => ({
        group: "Go to",
        label: one.label,
        note: `g ${one.key}`,
        does: "to" in one ? { kind: "go", href: one.to } : { kind: "leave", href: one.href },
      })),
    ...platformCommands
      .filter(({ label, also }) => words.length > 0 && isMeant(words, `${label} ${also}`))
      .map(({ label, href, takes }): PaletteEntry => ({
        group: "Do",
        label,
        note: "platform",
        why: takes && whyNot(takes),
        does: { kind: "go", href },
      })),
    ...appEntries(words, known),
    // What the API found was found by its own rules.
    ...apps.map(({ name }): PaletteEntry => ({
      group: "Apps",
      label: name,
      note: "app",
      does: { kind: "go", href: `/apps/${encodeURIComponent(name)}` },
    })),
    ...changes.map((change): PaletteEntry => ({
      group: "Changes",
      label: change.subject,
      note: `${change.app} · ${short(change.commit)} · ${changeStates[change.standing].word}`,
      does: { kind: "go", href: `/changes/${encodeURIComponent(change.id)}` },
    })),
  ];
}

function wordsOf(typed: string): readonly string[] {
  return typed.toLowerCase().split(/\s+/).filter(Boolean);
}

function isMeant(words: readonly string[], text: string): boolean {
  const low = text.toLowerCase();
  return words.every((word) => low.includes(word));
}

/** What can be done to an app, for each that is meant: "rollback", "roll back shop". One word is the command's. */
function appEntries(words: readonly string[], known: Found["known"]): readonly PaletteEntry[] {
  return appCommands.flatMap(({ label, also, view }) => {
    const text = `${label} ${also}`;
    const others = words.filter((word) => !isMeant([word], text));
    if (others.length === words.length) return [];
    return known
      .filter(({ name }) => isMeant(others, name))
      .slice(0, appsOfCommandMax)
      .map(({ name }): PaletteEntry => ({
        group: "Do",
        label: `${label}: ${name}`,
        note: "app",
        does: { kind: "go", href: `/apps/${encodeURIComponent(name)}${view}` },
      }));
  });
}

/** A command is not to fill the list. */
const appsOfCommandMax = 4;
