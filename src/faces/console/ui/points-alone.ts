/** Which values of a line would not be seen, as nothing is known beside them. Pure. */

/** Their indices; null where there are none, as a chart wants it. */
export function pointsAlone(values: ArrayLike<number | null | undefined>): number[] | null {
  const isKnown = (index: number) => values[index] !== null && values[index] !== undefined;
  const alone = Array.from({ length: values.length }, (_, index) => index).filter(
    (index) => isKnown(index) && !isKnown(index - 1) && !isKnown(index + 1),
  );
  return alone.length === 0 ? null : alone;
}
