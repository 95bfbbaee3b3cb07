/** Reads Prometheus' text format (https://prometheus.io/docs/instrumenting/exposition_formats/). */

interface Sample {
  readonly name: string;
  readonly labels: Readonly<Record<string, string>>;
  readonly value: number;
}

/** Throws on a line that is none, and on a metric that has no type or comes twice. */
export function samplesIn(text: string): readonly Sample[] {
  const types = new Map<string, string>();
  const seen = new Set<string>();
  const samples: Sample[] = [];
  for (const line of text.split("\n")) {
    const [, type, kind] = /^# TYPE (\w+) (counter|gauge|histogram)$/.exec(line) ?? [];
    if (type !== undefined && types.has(type)) throw new Error(`${type} twice`);
    if (type !== undefined) types.set(type, kind ?? "");
    if (line === "" || line.startsWith("#")) continue;
    const [, name = "", pairs = "", value = ""] =
      /^([a-z_]+)\{((?:[a-z_]+="(?:[^"\\]|\\.)*",?)*)\} (\S+)$/.exec(line) ?? [];
    const family = name.replace(/_(bucket|sum|count)$/, "");
    if (!types.has(name) && types.get(family) !== "histogram") throw new Error(`no type: ${line}`);
    if (seen.has(`${name}{${pairs}}`) || Number.isNaN(Number(value))) throw new Error(line);
    seen.add(`${name}{${pairs}}`);
    samples.push({ name, labels: labelsOf(pairs), value: Number(value) });
  }
  return samples;
}

/** Of the only sample of this name and with these labels, among others. */
export function valueOf(
  text: string,
  name: string,
  labels: Readonly<Record<string, string>>,
): number {
  const found = samplesIn(text).filter(
    (one) =>
      one.name === name &&
      Object.entries(labels).every(([key, value]) => one.labels[key] === value),
  );
  if (found.length !== 1) throw new Error(`${found.length} of ${name} ${JSON.stringify(labels)}`);
  return found[0]!.value;
}

function labelsOf(pairs: string): Record<string, string> {
  const found = [...pairs.matchAll(/([a-z_]+)="((?:[^"\\]|\\.)*)"/g)];
  return Object.fromEntries(
    found.map(([, key = "", value = ""]) => [
      key,
      value.replace(/\\(.)/g, (_, one: string) => (one === "n" ? "\n" : one)),
    ]),
  );
}
