/** The look that the page's style gives its charts, in the scheme that the reader's system has. */
import type { Look } from "../charts/look.ts";

/** As many as the style has. */
const coloursCount = 8;

export const darkScheme = matchMedia("(prefers-color-scheme: dark)");

export function lookOf({ clientWidth }: HTMLElement): Look {
  const style = getComputedStyle(document.documentElement);
  const colour = (name: string) => style.getPropertyValue(`--${name}`).trim();
  return {
    ink: colour("ink"),
    frame: colour("frame"),
    faint: colour("faint"),
    paper: colour("paper"),
    fault: colour("fault"),
    colours: Array.from({ length: coloursCount }, (_, index) => colour(`line-${index}`)),
    width: clientWidth,
  };
}
