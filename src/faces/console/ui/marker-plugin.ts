/** Draws moments into a graph as thin lines with their words, as far as the words have room. */
import type uPlot from "uplot";
import { cutTo, type Marked } from "./markers.ts";

const gapPx = 6;
/** A subject may be as long as its author likes. */
const wordsMaxPx = 180;

export function markerPlugin(
  markers: () => readonly Marked[],
  token: (name: string) => string,
): uPlot.Plugin {
  const draw = (plot: uPlot): void => {
    const { ctx, bbox } = plot;
    const ratio = devicePixelRatio;
    ctx.save();
    ctx.strokeStyle = token("--line-strong");
    ctx.fillStyle = token("--soft");
    ctx.font = `${11 * ratio}px ${getComputedStyle(plot.root).fontFamily}`;
    ctx.textAlign = "left";
    ctx.textBaseline = "alphabetic";
    ctx.lineWidth = ratio;
    ctx.setLineDash([2 * ratio, 3 * ratio]);
    const widthOf = (text: string) => ctx.measureText(text).width;
    let freeFrom = bbox.left;
    for (const { at, label } of markers()) {
      const x = plot.valToPos(at / 1000, "x", true);
      if (x < bbox.left || x > bbox.left + bbox.width) continue;
      ctx.beginPath();
      ctx.moveTo(x, bbox.top);
      ctx.lineTo(x, bbox.top + bbox.height);
      ctx.stroke();
      const right = bbox.left + bbox.width;
      const words = cutTo(label, Math.min(wordsMaxPx * ratio, bbox.width), widthOf);
      const width = widthOf(words);
      // Beside the line where there is room, else before it, else not at all.
      const from = x + width + gapPx * ratio < right ? x + 4 * ratio : x - width - 4 * ratio;
      if (from < freeFrom) continue;
      ctx.fillText(words, from, bbox.top - 6 * ratio);
      freeFrom = from + width + gapPx * ratio;
    }
    ctx.restore();
  };
  return { hooks: { draw } };
}
