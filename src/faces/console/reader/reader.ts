/**
 * What a page of the manual can do beside being read: change its theme, find, follow where one is, copy. The
 * server makes the page, and it can be read without any of this.
 */
import "./reader.css";
import { addCopying } from "./copying.ts";
import { showContents } from "./contents.ts";
import { openSearch } from "./search-box.ts";
import { addThemeButton } from "./theme-button.ts";

addThemeButton();
showContents();
addCopying();

const button = document.querySelector<HTMLButtonElement>(".to-search");
if (button !== null) {
  button.hidden = false;
  button.addEventListener("click", openSearch);
}
addEventListener("keydown", (event) => {
  const isWriting = event.target instanceof HTMLInputElement;
  const isSlash = event.key === "/" && !event.ctrlKey && !event.metaKey && !event.altKey;
  const isPaletteKey = (event.ctrlKey || event.metaKey) && event.key.toLowerCase() === "k";
  if ((!isSlash || isWriting) && !isPaletteKey) return;
  event.preventDefault();
  openSearch();
});
