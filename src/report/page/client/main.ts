/** The page's script: draws its charts from its data, or from what a run tells as it goes on. */
import { copyButtons } from "./copy.ts";
import { drawCharts, keepDrawn, pageData } from "./drawn.ts";
import { followRun } from "./live.ts";

const data = pageData();
if (data?.kind === "live") followRun(data);
else if (data !== null) drawCharts(data);
keepDrawn();
copyButtons();
