/** The finished report in place of a live page, whose script and style it shares. */
import { copyButtons } from "./copy.ts";
import { drawRun, pageData } from "./drawn.ts";
import { saidId, say } from "./keys.ts";

/** `text`: the HTML of a page as the run's folder has it. Its scripts are not run: they run here already. */
export function showReport(text: string): void {
  const report = new DOMParser().parseFromString(text, "text/html");
  const focused = document.activeElement?.id ?? "";
  const [left, top] = [scrollX, scrollY];
  document.title = report.title;
  // What is said is heard only from a place that was there before.
  const isOther = ({ id }: Element) => id !== saidId;
  for (const child of [...document.body.children].filter(isOther)) child.remove();
  document.body.prepend(...[...report.body.children].filter(isOther));
  const data = pageData();
  if (data?.kind === "run") drawRun(data);
  copyButtons();
  scrollTo({ left, top, behavior: "instant" });
  if (focused !== "") document.getElementById(focused)?.focus({ preventScroll: true });
  say(document.querySelector("h1")?.textContent.replace(/\s+/g, " ").trim() ?? "");
}
