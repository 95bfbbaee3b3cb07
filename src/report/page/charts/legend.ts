/** How much room the names of a chart's lines take, for what is below them has to leave it. */
import type { Look } from "./look.ts";

/** Pixels of a letter. */
export const letterWidth = 6.4;
/** And of what stands before each name. */
const markWidth = 46;
const rowHeight = 24;

/** As much of a name as a row has room for. */
function shortened(name: string, { width }: Look): string {
  const lettersMax = Math.min(70, Math.floor((width - markWidth) / letterWidth) - 1);
  return name.length <= lettersMax ? name : `${name.slice(0, lettersMax - 1)}…`;
}

/** Pixels. */
export function legendHeight(names: readonly string[], look: Look): number {
  let rows = 1;
  let used = 0;
  for (const name of names) {
    const needed = markWidth + shortened(name, look).length * letterWidth;
    if (used > 0 && used + needed > look.width) {
      rows += 1;
      used = 0;
    }
    used += needed;
  }
  return rows * rowHeight + 6;
}

/** What legends of pages have in common; to it come their names. */
export function legendLook(look: Look) {
  return {
    formatter: (name: string) => shortened(name, look),
    left: 0,
    right: 0,
    top: 4,
    padding: 0,
    itemGap: 10,
    itemWidth: 22,
    itemHeight: 10,
    textStyle: { color: look.ink, fontSize: 12 },
    inactiveColor: look.frame,
  };
}
