import { chooseTheme, nextTheme, type Theme, useTheme } from "./theme.ts";

const marks: Readonly<Record<Theme, string>> = {
  system: "M8 2a6 6 0 1 0 0 12zM8 2a6 6 0 0 1 0 12",
  light:
    "M8 5a3 3 0 1 0 0 6 3 3 0 0 0 0-6M8 1v1.4M8 13.6V15M1 8h1.4M13.6 8H15M3 3l1 1M12 12l1 1M13 3l-1 1M4 12l-1 1",
  dark: "M13.5 9.6A6 6 0 1 1 6.4 2.5a4.8 4.8 0 0 0 7.1 7.1z",
};

/** Goes from the system's theme to light to dark. */
export function ThemeButton() {
  const theme = useTheme();
  const label = `Theme: ${theme}. Change to ${nextTheme(theme)}`;
  return (
    <button
      type="button"
      className="button shell-icon"
      aria-label={label}
      title={label}
      onClick={() => chooseTheme(nextTheme(theme))}
    >
      <svg viewBox="0 0 16 16" aria-hidden="true" className={`theme-mark theme-${theme}`}>
        <path d={marks[theme]} />
      </svg>
    </button>
  );
}
