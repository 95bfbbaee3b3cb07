/** `loadgen k6 …`: k6 itself, and runs on many machines. */
import { foundK6 } from "../k6-tools.ts";

/** Builds our own k6 unless it is there. Resolves with what there is. */
export async function k6Build(print: (text: string) => void): Promise<string> {
  const { path, version } = await foundK6(null, print);
  return `${version}: ${path}`;
}
