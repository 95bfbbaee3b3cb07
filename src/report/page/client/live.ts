/** Follows a run that goes on: its charts grow, and at the end its report takes the page's place. */
import {
  announcement,
  liveFigures,
  liveRunData,
  stageOf,
  timeSoFar,
  withSecond,
} from "../live-course.ts";
import {
  eventsPath,
  type LiveEvent,
  type LiveEventName,
  type LiveSecond,
  sentencesMax,
} from "../live-event.ts";
import type { LivePageData } from "../page-data.ts";
import { drawRun } from "./drawn.ts";
import { say } from "./keys.ts";
import { showReport } from "./report.ts";
import type { RunCharts } from "./run.ts";

/** About a second apart: a process that has not answered by then is gone. */
const attemptsMax = 10;

export function followRun(plan: LivePageData): void {
  const page = new LivePage(plan);
  const source = new EventSource(eventsPath(plan.token));
  let attempts = 0;
  on(source, "phase", ({ text }) => page.tell(text));
  on(source, "note", ({ text }) => page.tell(`! ${text}`));
  on(source, "progress", ({ what, done, total }) => page.progress(what, done, total));
  on(source, "second", (second) => page.second(second));
  on(source, "report", ({ html }) => {
    source.close();
    showReport(html);
  });
  on(source, "ended", ({ why }) => {
    source.close();
    page.end("ENDED", `The run has ended without a report: ${why}`);
  });
  source.addEventListener("open", () => {
    attempts = 0;
    page.found();
  });
  source.addEventListener("error", () => {
    attempts += 1;
    const isOver = source.readyState === EventSource.CLOSED || attempts >= attemptsMax;
    if (isOver) source.close();
    page.lost(isOver);
  });
}

type DataOf<Name extends LiveEventName> = Extract<LiveEvent, { readonly name: Name }>["data"];

/** Listens to events whose data is JSON, as the server writes it. */
function on<Name extends LiveEventName>(
  source: EventSource,
  name: Name,
  heard: (data: DataOf<Name>) => void,
): void {
  source.addEventListener(name, (event: MessageEvent<string>) =>
    heard(JSON.parse(event.data) as DataOf<Name>),
  );
}

class LivePage {
  readonly #plan: LivePageData;
  #seconds: readonly LiveSecond[] = [];
  #charts: RunCharts | null = null;
  #isDue = false;
  #saidKey = "";
  /** The last sentence, which stays while the connection is away. */
  #now = "";

  constructor(plan: LivePageData) {
    this.#plan = plan;
    for (const place of document.querySelectorAll("[data-chart]")) {
      place.textContent = "Begins with the first second of the run.";
    }
    document.addEventListener("visibilitychange", () => this.#draw());
  }

  tell(text: string): void {
    const item = document.createElement("li");
    item.textContent = text;
    const list = byId("sentences");
    list.append(item);
    if (list.childElementCount > sentencesMax) list.firstElementChild?.remove();
    this.#show(text);
  }

  progress(what: string, done: number, total: number): void {
    const share = total > 0 ? Math.floor((100 * done) / total) : 100;
    this.#show(`${what}: ${share} %`);
  }

  second(next: LiveSecond): void {
    this.#seconds = withSecond(this.#seconds, next);
    // Many come at once to who joins late: they are drawn once.
    if (this.#isDue) return;
    this.#isDue = true;
    requestAnimationFrame(() => {
      this.#isDue = false;
      this.#draw();
    });
  }

  found(): void {
    this.#mark("running");
    this.#stage();
    byId("live-now").textContent = this.#now;
  }

  lost(isOver: boolean): void {
    if (isOver) {
      this.end(
        "CONNECTION LOST",
        `The run has ended, or its process is gone. What it wrote is in ${this.#plan.folder}`,
      );
      return;
    }
    this.#mark("unknown");
    byId("live-stage").textContent = "CONNECTION LOST";
    byId("live-now").textContent = "Trying again …";
  }

  end(stage: string, text: string): void {
    this.#mark("unknown");
    byId("live-stage").textContent = stage;
    byId("live-now").textContent = text;
    document.title = `${stage.toLowerCase()}: loadgen`;
    say(`${stage.toLowerCase()}: ${text}`);
  }

  #show(text: string): void {
    this.#now = text;
    byId("live-now").textContent = text;
  }

  #mark(look: "running" | "unknown"): void {
    byId("live").className = `verdict ${look}`;
  }

  #stage(): void {
    const last = this.#seconds.at(-1)?.second;
    byId("live-stage").textContent = stageOf(last, this.#plan).toUpperCase();
    byId("live-time").textContent = timeSoFar(last, this.#plan);
    const { key, text } = announcement(last, this.#plan);
    if (key !== this.#saidKey) say(text);
    this.#saidKey = key;
  }

  /** Not where nobody sees it: it takes from the machine what the run is measured with. */
  #draw(): void {
    const last = this.#seconds.at(-1)?.second;
    // Over: the report is there, and its charts are none of this.
    if (document.hidden || last === undefined || document.getElementById("live") === null) return;
    this.#stage();
    const values = document.querySelectorAll(".figures dd");
    for (const [index, [, value]] of liveFigures(last).entries()) {
      const place = values[index];
      if (place !== undefined) place.textContent = value;
    }
    const data = liveRunData(this.#seconds);
    if (this.#charts === null) this.#charts = drawRun(data);
    else this.#charts.draw(data);
  }
}

function byId(id: string): HTMLElement {
  const found = document.getElementById(id);
  if (found === null) throw new Error(`the page has no #${id}`);
  return found;
}
