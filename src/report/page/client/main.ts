/** The page's script: draws its charts from its data, or from what a run tells as it goes on. */
import { copyButtons } from "./copy.ts";
import { drawRun, drawStill, keepDrawn, pageData } from "./drawn.ts";
import { followRun } from "./live.ts";

const data = pageData();
if (data?.kind === "live") followRun(data);
else if (data?.kind === "run") drawRun(data);
else if (data !== null) drawStill(data);
keepDrawn();
copyButtons();
