/** `loadgen calibrate`: measures and remembers what this machine can ask for at most. */
import { countText } from "../../core/counted.ts";
import { columns, digits } from "../../report/figures.ts";
import { calibrate } from "../../run/calibrate.ts";
import { storeCalibration } from "../../run/calibration.ts";
import { calibrationFile } from "../target.ts";

/** Takes about twenty seconds; each step is told as it is done. */
export async function calibrateCommand(print: (text: string) => void): Promise<string> {
  print("against a server that does nothing, 3 s at each number of sessions:");
  const calibration = await calibrate(({ sessions }) => print(`· ${sessions} sessions done`));
  const path = calibrationFile();
  await storeCalibration(path, calibration);
  const rows = calibration.steps.map(({ sessions, perSecond, cpuUs }) => [
    countText(sessions),
    countText(perSecond),
    `${digits(cpuUs)} us`,
  ]);
  return [
    "",
    columns(["sessions", "operations/s", "CPU an operation"], rows),
    "",
    `Every report from now on quotes this. Stored in ${path}.`,
  ].join("\n");
}
