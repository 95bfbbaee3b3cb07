/** Who waited for whom as a graph: an arrow from who waited to who was in the way, wider where it was seen more often. */
import type { LockArrow } from "../page-data.ts";
import { colourOf, font, isNarrow, type Look } from "./look.ts";
import type { Drawing } from "./panels.ts";

/** More arrows than this are a tangle; the table has them all. */
const arrowsMax = 12;
const heightPx = 280;
/** Pixels. */
const widthMin = 1.5;
const widthMax = 7;

export function lockGraph(arrows: readonly LockArrow[], look: Look): Drawing {
  const shown = arrowsShown(arrows);
  const names = [...new Set(shown.flatMap(({ blocked, blocker }) => [blocked, blocker]))];
  const most = Math.max(1, ...shown.map(({ count }) => count));
  return {
    heightPx,
    option: {
      animation: false,
      textStyle: { fontFamily: font, color: look.ink },
      series: [
        {
          type: "graph",
          layout: "none",
          left: isNarrow(look) ? 70 : 140,
          right: isNarrow(look) ? 70 : 140,
          top: 60,
          bottom: 50,
          data: names.map((name, index) => ({ name, ...placeOf(index, names.length) })),
          symbolSize: 22,
          itemStyle: { color: colourOf(look, 0), borderColor: look.paper, borderWidth: 2 },
          label: { show: true, position: "bottom", color: look.ink, fontSize: 12 },
          edgeSymbol: ["none", "arrow"],
          edgeSymbolSize: 10,
          edgeLabel: { show: true, color: look.ink, fontSize: 11 },
          links: shown.map(({ blocked, blocker, relations, count }) => ({
            source: names.indexOf(blocked),
            target: names.indexOf(blocker),
            label: { show: true, formatter: `${count} × ${relations.join(", ")}` },
            lineStyle: {
              color: look.fault,
              width: widthMin + ((widthMax - widthMin) * count) / most,
              curveness: 0.25,
            },
          })),
        },
      ],
    },
  };
}

interface Arrow {
  readonly blocked: string;
  readonly blocker: string;
  readonly relations: readonly string[];
  readonly count: number;
}

/** One for each pair, the most frequent first. */
function arrowsShown(arrows: readonly LockArrow[]): readonly Arrow[] {
  const pairs = new Map<string, Arrow>();
  for (const { blocked, blocker, relation, count } of arrows) {
    const key = JSON.stringify([blocked, blocker]);
    const known = pairs.get(key);
    const relations = [...new Set([...(known?.relations ?? []), relation])];
    pairs.set(key, { blocked, blocker, relations, count: (known?.count ?? 0) + count });
  }
  return [...pairs.values()].sort((one, other) => other.count - one.count).slice(0, arrowsMax);
}

/** On a ring, so that no arrow lies on another one; the first on its left. */
function placeOf(index: number, count: number): { readonly x: number; readonly y: number } {
  if (count === 1) return { x: 0, y: 0 };
  const angle = Math.PI + (2 * Math.PI * index) / count;
  return { x: Math.cos(angle), y: Math.sin(angle) };
}
