/** Light, dark, or as the system has it. The same name and values as `public/assets/theme.js`. */
import { useSyncExternalStore } from "react";

export type Theme = "system" | "light" | "dark";
const name = "tidegate-theme";
const system = matchMedia("(prefers-color-scheme: dark)");
const listeners = new Set<() => void>();
let theme: Theme = stored();

system.addEventListener("change", show);

export function useTheme(): Theme {
  return useSyncExternalStore(
    (listener) => {
      listeners.add(listener);
      return () => listeners.delete(listener);
    },
    () => theme,
  );
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

/** Whether it is dark now, whoever said so: what is drawn on a canvas has to know. */
export function useIsDark(): boolean {
  useTheme();
  return useSyncExternalStore(
    (listener) => {
      system.addEventListener("change", listener);
      return () => system.removeEventListener("change", listener);
    },
    () => document.documentElement.dataset["theme"] === "dark",
  );
}

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
