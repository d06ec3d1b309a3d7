/** The console's choice of a theme, on a page that the server made. */
import {
  chooseTheme,
  chosenTheme,
  isDarkNow,
  nextTheme,
  onTheme,
  themeLabel,
  themeMarks,
} from "../shell/theme-choice.ts";

export function addThemeButton(): void {
  const button = document.querySelector<HTMLButtonElement>(".to-theme");
  if (button === null) return;
  const draw = () => {
    const theme = chosenTheme();
    button.title = themeLabel(theme);
    button.setAttribute("aria-label", themeLabel(theme));
    button.replaceChildren(mark(theme, themeMarks[theme]));
    alignPictures();
  };
  button.addEventListener("click", () => chooseTheme(nextTheme(chosenTheme())));
  onTheme(draw);
  draw();
  button.hidden = false;
}

/** Pictures by night are for who reads by night, whatever the system has; printed pages are by day. */
function alignPictures(): void {
  for (const source of document.querySelectorAll<HTMLSourceElement>("picture source")) {
    source.media = isDarkNow() ? "screen" : "not all";
  }
}

function mark(name: string, shape: string): SVGElement {
  const space = "http://www.w3.org/2000/svg";
  const drawing = document.createElementNS(space, "svg");
  drawing.setAttribute("viewBox", "0 0 16 16");
  drawing.setAttribute("aria-hidden", "true");
  drawing.setAttribute("class", `icon theme-${name}`);
  const path = document.createElementNS(space, "path");
  path.setAttribute("d", shape);
  drawing.append(path);
  return drawing;
}
