/** How charts look: handed in by who draws them, for it depends on the reader's screen and wishes. */

export interface Look {
  /** Of text. */
  readonly ink: string;
  /** Of axes, and of what is not to stand out. */
  readonly frame: string;
  /** Of lines of the grid. */
  readonly faint: string;
  readonly paper: string;
  /** Of faults in force. */
  readonly fault: string;
  /** Told apart by the colour-blind, too (Okabe and Ito, Color Universal Design, 2008). */
  readonly colours: readonly string[];
  /** Of the chart, in pixels. */
  readonly width: number;
}

export const font = "system-ui, -apple-system, 'Segoe UI', Roboto, Helvetica, Arial, sans-serif";

/** Of what stands beside the pointer, in every chart with an axis. */
export function tooltipLook({ paper, frame, ink }: Look) {
  return {
    trigger: "axis",
    transitionDuration: 0,
    confine: true,
    backgroundColor: paper,
    borderColor: frame,
    textStyle: { color: ink, fontFamily: font, fontSize: 12 },
  } as const;
}

/** Below this width there is no room for more than the chart itself. */
export function isNarrow({ width }: Look): boolean {
  return width < 600;
}

export function colourOf({ colours, ink }: Look, index: number): string {
  return colours[index % colours.length] ?? ink;
}
