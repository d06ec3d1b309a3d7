/** Light, dark, or as the system has it. The same name and values as `public/assets/theme.js`. */
export type Theme = "system" | "light" | "dark";
const name = "tidegate-theme";
const system = matchMedia("(prefers-color-scheme: dark)");
const listeners = new Set<() => void>();
let theme: Theme = stored();

system.addEventListener("change", show);

export function chosenTheme(): Theme {
  return theme;
}

export function isDarkNow(): boolean {
  return document.documentElement.dataset["theme"] === "dark";
}

/** Calls after each change, also of the system's; until what it returns is called. */
export function onTheme(listener: () => void): () => void {
  listeners.add(listener);
  return () => listeners.delete(listener);
}

/** The one after this, in the order in which they are offered. */
export function nextTheme(now: Theme): Theme {
  return now === "system" ? "light" : now === "light" ? "dark" : "system";
}

export function chooseTheme(chosen: Theme): void {
  theme = chosen;
  try {
    localStorage.setItem(name, chosen);
  } catch {
    // It holds for this page, then.
  }
  show();
}

/** What a button says that goes on to the next one, and its picture: a path in 16 by 16. */
export function themeLabel(now: Theme): string {
  return `Theme: ${now}. Change to ${nextTheme(now)}`;
}

export const themeMarks: Readonly<Record<Theme, string>> = {
  system: "M8 2a6 6 0 1 0 0 12zM8 2a6 6 0 0 1 0 12",
  light:
    "M8 5a3 3 0 1 0 0 6 3 3 0 0 0 0-6M8 1v1.4M8 13.6V15M1 8h1.4M13.6 8H15M3 3l1 1M12 12l1 1M13 3l-1 1M4 12l-1 1",
  dark: "M13.5 9.6A6 6 0 1 1 6.4 2.5a4.8 4.8 0 0 0 7.1 7.1z",
};

function show(): void {
  const isDark = theme === "dark" || (theme === "system" && system.matches);
  document.documentElement.dataset["theme"] = isDark ? "dark" : "light";
  for (const listener of listeners) listener();
}

function stored(): Theme {
  try {
    const found = localStorage.getItem(name);
    return found === "light" || found === "dark" ? found : "system";
  } catch {
    return "system";
  }
}
