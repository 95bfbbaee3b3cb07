/** What a run has told so far, so that whoever joins late, or was away, hears all of it in order. */
import { type LiveEvent, type LiveSecond, sentencesMax } from "../report/page/live-event.ts";
import { withSecond } from "../report/page/live-course.ts";

interface Numbered {
  readonly id: number;
}

interface Sentence extends Numbered {
  readonly event: Exclude<LiveEvent, { readonly name: "second" | "progress" }>;
}

export class EventLog {
  #last = 0;
  #sentences: readonly Sentence[] = [];
  #seconds: readonly (LiveSecond & Numbered)[] = [];

  /** Returns it as it goes over the wire. How far something is, is true for a moment: it is not kept. */
  add(event: LiveEvent): string {
    if (event.name === "progress") return wireText(event, null);
    const id = ++this.#last;
    if (event.name === "second") this.#seconds = withSecond(this.#seconds, { ...event.data, id });
    else this.#sentences = [...this.#sentences.slice(1 - sentencesMax), { id, event }];
    return wireText(event, id);
  }

  /** All that came after the event of this number; 0 for everything. */
  after(id: number): string {
    const seconds = this.#seconds.map(({ id: own, second, faults }) => ({
      id: own,
      event: { name: "second", data: { second, faults } } as const,
    }));
    return [...this.#sentences, ...seconds]
      .filter((one) => one.id > id)
      .sort((one, other) => one.id - other.id)
      .map((one) => wireText(one.event, one.id))
      .join("");
  }
}

/** As HTML's section 9.2.5 has it. JSON has no line ends, which would end the data. */
function wireText({ name, data }: LiveEvent, id: number | null): string {
  const number = id === null ? "" : `id: ${id}\n`;
  return `${number}event: ${name}\ndata: ${JSON.stringify(data)}\n\n`;
}
