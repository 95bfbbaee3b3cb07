/** The watchdog's process: waits for the end of the run that started it; its argument is the run's id. */
import { text } from "node:stream/consumers";
import { undoHostFaultsOf } from "../run/faults/revive.ts";
import { hostControl } from "../server/host-control.ts";
import { allIsWell } from "./host-watchdog.ts";
import { home, journalFolder } from "./target.ts";

const [, , runId = ""] = process.argv;
if ((await text(process.stdin)) !== allIsWell) {
  await undoHostFaultsOf(runId, { journalFolder: journalFolder(), host: hostControl(home()) });
}
