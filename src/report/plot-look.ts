/** How the plot of a sweep looks: on paper, or on a reader's screen. */
export interface PlotLook {
  readonly font: string;
  /** Of text; of text that is less. */
  readonly ink: string;
  readonly quiet: string;
  /** Of axes, of lines of the grid, and of what is behind all. */
  readonly frame: string;
  readonly faint: string;
  readonly paper: string;
  /** Of each run, of the means and of busy sessions, of active ones, of the fitted law, of the knee. */
  readonly each: string;
  readonly mean: string;
  readonly active: string;
  readonly law: string;
  readonly knee: string;
  /** Of the places that are not told apart. */
  readonly rest: string;
  /** There is no room for long names. */
  readonly isSmall: boolean;
}

/** Of sweep.svg. Its colours are told apart by the colour-blind, too (after M. Okabe and K. Ito). */
export const paperLook: PlotLook = {
  font: "Helvetica, Arial, sans-serif",
  ink: "#222222",
  quiet: "#444444",
  frame: "#888888",
  faint: "#e4e4e4",
  paper: "#ffffff",
  each: "#777777",
  mean: "#0072b2",
  active: "#009e73",
  law: "#e69f00",
  knee: "#b2182b",
  rest: "#dddddd",
  isSmall: false,
};
