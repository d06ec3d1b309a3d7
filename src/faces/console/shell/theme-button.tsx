import { useTheme } from "./theme.ts";
import { chooseTheme, nextTheme, themeLabel, themeMarks } from "./theme-choice.ts";

/** Goes from the system's theme to light to dark. */
export function ThemeButton() {
  const theme = useTheme();
  const label = themeLabel(theme);
  return (
    <button
      type="button"
      className="button shell-icon"
      aria-label={label}
      title={label}
      onClick={() => chooseTheme(nextTheme(theme))}
    >
      <svg viewBox="0 0 16 16" aria-hidden="true" className={`theme-mark theme-${theme}`}>
        <path d={themeMarks[theme]} />
      </svg>
    </button>
  );
}
