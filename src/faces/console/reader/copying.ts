/** A heading's address and a block that is typed go to the clipboard, and it is said that they did. */
const saidMs = 1_600;

export function addCopying(): void {
  const said = document.createElement("p");
  said.className = "only-spoken";
  said.setAttribute("role", "status");
  document.body.append(said);
  for (const anchor of document.querySelectorAll<HTMLAnchorElement>(".anchor")) {
    // It leads there as well: the address bar shows what was copied.
    anchor.addEventListener("click", () => {
      void copy(anchor.href, { said, button: anchor, words: "Link copied" });
    });
  }
  for (const block of document.querySelectorAll<HTMLElement>("pre.typed")) {
    const button = document.createElement("button");
    button.type = "button";
    button.className = "copy";
    button.textContent = "Copy";
    button.addEventListener("click", () => {
      const text = block.querySelector("code")?.textContent ?? "";
      void copy(text, { said, button, words: "Copied" });
    });
    const around = document.createElement("div");
    around.className = "copied";
    block.replaceWith(around);
    around.append(block, button);
  }
}

interface Saying {
  readonly said: HTMLElement;
  readonly button: HTMLElement;
  readonly words: string;
}

async function copy(text: string, { said, button, words }: Saying): Promise<void> {
  // The browser gives no clipboard to plain HTTP on a name; it says so instead of nothing.
  const outcome = await navigator.clipboard.writeText(text).then(
    () => words,
    () => "No clipboard here",
  );
  said.textContent = outcome;
  button.dataset["said"] = outcome;
  setTimeout(() => {
    said.textContent = "";
    delete button.dataset["said"];
  }, saidMs);
}
