/** The chosen theme for what is drawn by React. */
import { useSyncExternalStore } from "react";
import { chosenTheme, isDarkNow, onTheme, type Theme } from "./theme-choice.ts";

export function useTheme(): Theme {
  return useSyncExternalStore(onTheme, chosenTheme);
}

/** Whether it is dark now, whoever said so: what is drawn on a canvas has to know. */
export function useIsDark(): boolean {
  return useSyncExternalStore(onTheme, isDarkNow);
}
