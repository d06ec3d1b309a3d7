/** What the command palette offers for what was typed. Pure. */
import type { ChangeSummaryResource } from "#faces/api/contract";
import { changeStates } from "../ui/state.ts";
import { short } from "../ui/words.ts";
import type { Action } from "./actions.tsx";
import { destinations } from "./destinations.ts";

export interface PaletteEntry {
  readonly group: "On this page" | "Go to" | "Apps" | "Changes";
  readonly label: string;
  readonly note: string;
  readonly refusal?: string | undefined;
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
}

/** In the order in which they are drawn; what the page does comes first. */
export function paletteEntries({ typed, actions, apps, changes }: Found): readonly PaletteEntry[] {
  const words = typed.toLowerCase().split(/\s+/).filter(Boolean);
  const isMeant = (label: string) => words.every((word) => label.toLowerCase().includes(word));
  const own: readonly PaletteEntry[] = [
    ...actions.map(({ label, key, refusal, run }): PaletteEntry => ({
      group: "On this page",
      label,
      note: refusal ?? key,
      refusal,
      does: { kind: "run", run },
    })),
    ...destinations.map((one): PaletteEntry => ({
      group: "Go to",
      label: one.label,
      note: `g ${one.key}`,
      does: "to" in one ? { kind: "go", href: one.to } : { kind: "leave", href: one.href },
    })),
  ];
  return [
    ...own.filter(({ label }) => isMeant(label)),
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
      note: `${change.app} · ${short(change.commit)} · ${changeStates[change.state].word}`,
      does: { kind: "go", href: `/changes/${encodeURIComponent(change.id)}` },
    })),
  ];
}
