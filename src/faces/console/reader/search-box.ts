/** The manual's search: a combobox over the page, whose list is read out as one moves in it. */
import type { ManualIndex } from "#faces/api/contract";
import { find, type Hit } from "./find.ts";

const indexAddress = "/docs/search.json";
let index: Promise<ManualIndex> | undefined;
let box: { readonly dialog: HTMLDialogElement; readonly input: HTMLInputElement } | undefined;

export function openSearch(): void {
  box ??= makeBox();
  index ??= load();
  if (!box.dialog.open) box.dialog.showModal();
  box.input.select();
}

async function load(): Promise<ManualIndex> {
  const answer = await fetch(indexAddress);
  if (!answer.ok) throw new Error(`${answer.status}`);
  // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- our own server's, of this version
  return (await answer.json()) as ManualIndex;
}

function makeBox() {
  const dialog = make("dialog", { className: "search" });
  dialog.setAttribute("aria-label", "Search the manual");
  const input = make("input", {
    type: "text",
    placeholder: "Search the manual",
    autocomplete: "off",
    spellcheck: false,
  });
  for (const [name, value] of Object.entries({
    role: "combobox",
    "aria-label": "Search the manual",
    "aria-controls": "found",
    "aria-expanded": "true",
  })) {
    input.setAttribute(name, value);
  }
  const list = make("div", { id: "found", className: "found" });
  list.setAttribute("role", "listbox");
  list.setAttribute("aria-label", "Found");
  const note = make("p", { className: "note" });
  note.setAttribute("role", "status");
  dialog.append(input, list, note);
  dialog.addEventListener("click", ({ target }) => {
    if (target === dialog) dialog.close();
  });
  const show = lister({ dialog, input, list, note });
  input.addEventListener("input", () => void show());
  // What one can look for is said before the index is there.
  list.hidden = true;
  note.textContent = noteFor("", []);
  void show();
  document.body.append(dialog);
  return { dialog, input };
}

interface Parts {
  readonly dialog: HTMLDialogElement;
  readonly input: HTMLInputElement;
  readonly list: HTMLElement;
  readonly note: HTMLElement;
}

/** Shows what is found for what is written now; arrows move in it, Enter goes there. */
function lister({ dialog, input, list, note }: Parts): () => Promise<void> {
  let options: readonly HTMLAnchorElement[] = [];
  let at = 0;
  const choose = (next: number) => {
    options[at]?.setAttribute("aria-selected", "false");
    at = options.length === 0 ? 0 : (next + options.length) % options.length;
    const chosen = options[at];
    chosen?.setAttribute("aria-selected", "true");
    chosen?.scrollIntoView({ block: "nearest" });
    if (chosen === undefined) input.removeAttribute("aria-activedescendant");
    else input.setAttribute("aria-activedescendant", chosen.id);
  };
  input.addEventListener("keydown", (event) => {
    const move = { ArrowDown: 1, ArrowUp: -1 }[event.key];
    if (move !== undefined) {
      event.preventDefault();
      choose(at + move);
    } else if (event.key === "Enter") options[at]?.click();
  });
  // A heading of this very page is a place to go to without leaving it.
  list.addEventListener("click", () => dialog.close());
  return async () => {
    const typed = input.value;
    const found = await (index ??= load()).then(
      (loaded) => find(loaded, typed),
      () => undefined,
    );
    if (typed !== input.value) return;
    if (found === undefined) index = undefined;
    options = (found ?? []).map(optionOf);
    list.replaceChildren(...options);
    list.hidden = options.length === 0;
    choose(0);
    note.textContent = noteFor(typed, found);
  };
}

function noteFor(typed: string, found: readonly Hit[] | undefined): string {
  if (found === undefined) return "This Tidegate did not answer. Type on to ask it again.";
  if (typed.trim() === "") return "Every page and heading, and how their text begins.";
  if (found.length === 0) return "Nothing in the manual has all these words.";
  return "";
}

function optionOf({ href, title, where, excerpt }: Hit, at: number): HTMLAnchorElement {
  const option = make("a", { href, id: `found-${at}`, tabIndex: -1 });
  option.setAttribute("role", "option");
  option.setAttribute("aria-selected", "false");
  option.append(
    make("strong", { textContent: title }),
    make("small", { textContent: where }),
    make("span", { textContent: excerpt }),
  );
  return option;
}

function make<K extends keyof HTMLElementTagNameMap>(
  name: K,
  properties: Partial<HTMLElementTagNameMap[K]>,
): HTMLElementTagNameMap[K] {
  return Object.assign(document.createElement(name), properties);
}
