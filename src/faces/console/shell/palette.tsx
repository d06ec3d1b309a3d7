/** Search and do anything by its name: Ctrl K. A combobox, whose list is read out as one moves in it. */
import { keepPreviousData, useQuery } from "@tanstack/react-query";
import { useRouter } from "@tanstack/react-router";
import { useDeferredValue, useEffect, useState } from "react";
import { ask } from "../api/ask.ts";
import { Dialog } from "../ui/dialog.tsx";
import { LockMark } from "../ui/not-yours.tsx";
import { useOfferedActions } from "./actions.tsx";
import { paletteEntries, type PaletteEntry } from "./palette-entries.ts";
import { useRefusal } from "./use-rights.ts";

const foundMax = 6;
const knownMax = 100;

export interface PaletteProps {
  readonly onClose: () => void;
  readonly onHelp: () => void;
}

export function Palette({ onClose, onHelp }: PaletteProps) {
  const router = useRouter();
  const [typed, setTyped] = useState("");
  const [chosen, setChosen] = useState(0);
  const entries = useEntries(typed, onHelp);
  const at = Math.min(chosen, Math.max(0, entries.length - 1));
  const act = (entry: PaletteEntry | undefined) => {
    if (entry === undefined || entry.refusal !== undefined) return;
    onClose();
    if (entry.does.kind === "run") entry.does.run();
    else if (entry.does.kind === "leave") location.assign(entry.does.href);
    else router.history.push(entry.does.href);
  };
  const moves: Readonly<Record<string, number>> = { ArrowDown: 1, ArrowUp: -1 };
  return (
    <Dialog label="Search" look="palette" onClose={onClose}>
      <input
        className="palette-input"
        type="text"
        role="combobox"
        aria-label="Search apps and changes, or type what to do"
        aria-expanded="true"
        aria-controls="palette-list"
        aria-activedescendant={entries.length === 0 ? undefined : `palette-${at}`}
        autoComplete="off"
        spellCheck={false}
        placeholder="Search, or say what to do"
        dir="auto"
        value={typed}
        onChange={(event) => {
          setTyped(event.target.value);
          setChosen(0);
        }}
        onKeyDown={(event) => {
          const move = moves[event.key];
          if (move !== undefined) {
            event.preventDefault();
            setChosen((at + move + entries.length) % Math.max(1, entries.length));
          } else if (event.key === "Enter") act(entries[at]);
        }}
      />
      <List entries={entries} at={at} onAct={act} />
    </Dialog>
  );
}

function useEntries(typed: string, onHelp: () => void): readonly PaletteEntry[] {
  const actions = useOfferedActions();
  const search = useDeferredValue(typed.trim());
  const isSearching = search !== "";
  const query = { search, limit: foundMax };
  const options = { enabled: isSearching, placeholderData: keepPreviousData };
  const changes = useQuery({ ...ask("GET /api/v1/changes", { query }), ...options });
  const apps = useQuery({ ...ask("GET /api/v1/overview", { query }), ...options });
  // What can be done to an app is offered for some, whatever else was typed.
  const some = useQuery({
    ...ask("GET /api/v1/overview", { query: { limit: knownMax } }),
    enabled: isSearching,
  });
  const help = { label: "Show all keys", key: "?", run: onHelp };
  return paletteEntries({
    typed,
    refusal: useRefusal(),
    actions: [...actions, help],
    known: some.data?.apps ?? [],
    apps: isSearching ? (apps.data?.apps ?? []) : [],
    changes: isSearching ? (changes.data?.changes ?? []) : [],
  });
}

interface ListProps {
  readonly entries: readonly PaletteEntry[];
  readonly at: number;
  readonly onAct: (entry: PaletteEntry) => void;
}

function List({ entries, at, onAct }: ListProps) {
  useEffect(() => {
    document.getElementById(`palette-${at}`)?.scrollIntoView({ block: "nearest" });
  }, [at]);
  return (
    <>
      <div className="palette-list" id="palette-list" role="listbox" aria-label="Found">
        {entries.map((entry, index) => (
          <div key={`${entry.group} ${entry.label} ${entry.note}`} role="presentation">
            {entries[index - 1]?.group === entry.group ? null : (
              <div className="palette-group" role="presentation">
                {entry.group}
              </div>
            )}
            {/* oxlint-disable-next-line jsx-a11y/click-events-have-key-events -- the input has the keys */}
            <div
              id={`palette-${index}`}
              role="option"
              tabIndex={-1}
              className="palette-item"
              aria-selected={index === at}
              aria-disabled={entry.refusal !== undefined}
              onClick={() => onAct(entry)}
            >
              <span dir="auto">
                {entry.label}
                <LockMark why={entry.why} />
              </span>
              <span className="soft small">{entry.note}</span>
            </div>
          </div>
        ))}
      </div>
      <p className="palette-none" role="status" hidden={entries.length > 0}>
        Nothing is called that.
      </p>
    </>
  );
}
