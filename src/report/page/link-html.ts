/** Links from a page to what is beside it. */
import { type Html, html } from "./html.ts";

/** `path`: from the page's folder, as a file system of POSIX has it. Names may hold what an address must not. */
export function linkHtml(path: string, text: string): Html {
  const address = path.split("/").map(encodeURIComponent).join("/");
  return html`<a href="${address}">${text}</a>`;
}

/** Where a run's folder has its page. */
export function runPagePath(folder: string): string {
  return `${folder}/report.html`;
}
