/** What a figure's verdict comes to, in one sentence. Pure. */
import { mattersFrom } from "./chance.ts";
import type { ComparedFigure } from "./result.ts";
import { runsWanted } from "./runs-wanted.ts";

/** Such as "slower: throughput fell by 9.8 % (95 % interval -12 % to -7.9 %), where 5 % matters". */
export function sentenceOf(figure: ComparedFigure): string {
  const { verdict, name, ratio, low, high, margin, deviation } = figure;
  const moved = `${verdict}: ${name} ${movedText(ratio)}`;
  if (low === null || high === null || deviation === null) {
    return `${moved}, but nothing tells how much equal runs differ: compare three runs a side or more, or first make four more on this machine that are equal to one of them`;
  }
  const told = `${moved} (95 % interval ${changeText(low)} to ${changeText(high)})`;
  if (verdict !== "unstable") return `${told}, where ${percentText(margin)} matters`;
  return `${told}, but equal runs differ too much to tell whether it is ${percentText(margin)} or more (by ${percentText(deviation)}, one standard deviation): ${adviceText(figure, deviation)}`;
}

/** For a change as large as this one: so that the whole interval is within the margin, or without 1. */
function adviceText(
  { ratio, margin }: Pick<ComparedFigure, "ratio" | "margin">,
  deviation: number,
): string {
  const [distance, matters] = [Math.abs(Math.log(ratio)), mattersFrom(margin)];
  const wanted = runsWanted(deviation, distance < matters ? matters - distance : matters);
  return wanted === null
    ? "find out what disturbs them, make them longer, or give a larger margin"
    : `compare about ${wanted} runs a side, or longer ones, or on a quieter machine`;
}

/** Of a ratio: `fell by 9.8 %`. */
export function movedText(ratio: number): string {
  const percent = percentText(Math.abs(ratio - 1));
  if (percent === percentText(0)) return "did not change";
  return `${ratio > 1 ? "rose" : "fell"} by ${percent}`;
}

/** Of a ratio: `+1.2 %`, `-12 %`. */
export function changeText(ratio: number): string {
  return `${ratio < 1 ? "-" : "+"}${percentText(Math.abs(ratio - 1))}`;
}

/** Of a share: two digits, and all digits of what is longer: `0.12 %`, `9.8 %`, `350 %`. */
export function percentText(share: number): string {
  const percent = share * 100;
  // Less is nothing that anybody measures.
  if (percent < 0.005) return "0 %";
  return `${percent >= 10 ? Math.round(percent) : Number(percent.toPrecision(2))} %`;
}
