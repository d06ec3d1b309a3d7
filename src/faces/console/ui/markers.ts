/** Moments that every graph shows: a change met users, a step began, somebody decided. */
export interface Marked {
  readonly at: number;
  readonly label: string;
}

/** The label, or as much of it as is no wider, with an ellipsis. `widthOf` measures text. Pure. */
export function cutTo(label: string, widthMax: number, widthOf: (text: string) => number): string {
  if (widthOf(label) <= widthMax) return label;
  const characters = Array.from(label);
  let [fits, tooMany] = [0, characters.length];
  while (tooMany - fits > 1) {
    const middle = (fits + tooMany) >> 1;
    if (widthOf(beginning(characters, middle)) <= widthMax) fits = middle;
    else tooMany = middle;
  }
  return fits === 0 ? "" : beginning(characters, fits);
}

function beginning(characters: readonly string[], length: number): string {
  return `${characters.slice(0, length).join("").trimEnd()}…`;
}
