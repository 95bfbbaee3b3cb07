/** A small OpenTelemetry collector: takes OTLP by HTTP as JSON, and keeps what it was sent. */
import { createServer, type IncomingHttpHeaders, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";

type Attributes = readonly {
  readonly key: string;
  readonly value: { readonly stringValue: string };
}[];

export interface OtlpPoint {
  readonly attributes: Attributes;
  readonly asDouble?: number;
  readonly count?: number;
  readonly sum?: number;
  readonly scale?: number;
  readonly zeroCount?: number;
  readonly positive?: { readonly offset: number; readonly bucketCounts: readonly number[] };
}

interface OtlpMetric {
  readonly name: string;
  readonly unit: string;
  readonly sum?: { readonly isMonotonic: boolean; readonly dataPoints: readonly OtlpPoint[] };
  readonly gauge?: { readonly dataPoints: readonly OtlpPoint[] };
  readonly exponentialHistogram?: { readonly dataPoints: readonly OtlpPoint[] };
}

interface OtlpRequest {
  readonly resourceMetrics: readonly {
    readonly resource: { readonly attributes: Attributes };
    readonly scopeMetrics: readonly { readonly metrics: readonly OtlpMetric[] }[];
  }[];
}

interface Received {
  readonly path: string;
  readonly headers: IncomingHttpHeaders;
  readonly body: OtlpRequest;
}

export interface Collector {
  readonly url: string;
  readonly received: readonly Received[];
  close(): Promise<void>;
}

/** `answer`: what it does with each request, once it was read. */
export async function startCollector(
  answer: (response: ServerResponse) => void = (response) =>
    response.writeHead(200, { "content-type": "application/json" }).end("{}"),
): Promise<Collector> {
  const received: Received[] = [];
  const server = createServer((request, response) => {
    let text = "";
    request.setEncoding("utf8").on("data", (part: string) => (text += part));
    request.on("end", () => {
      const { url = "", headers } = request;
      received.push({ path: url, headers, body: JSON.parse(text) as OtlpRequest });
      answer(response);
    });
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    received,
    close: async () => {
      const closed = new Promise((resolve) => server.close(resolve));
      server.closeAllConnections();
      await closed;
    },
  };
}

/** The metric of this name in what was sent last. Throws where there is none. */
export function lastMetric({ received }: Collector, name: string): OtlpMetric {
  const metrics = received
    .at(-1)
    ?.body.resourceMetrics.flatMap(({ scopeMetrics }) =>
      scopeMetrics.flatMap((scope) => scope.metrics),
    );
  const found = metrics?.find((metric) => metric.name === name);
  if (found === undefined) throw new Error(`${name} was not sent last`);
  return found;
}

export function attributesOf(attributes: Attributes): Readonly<Record<string, string>> {
  return Object.fromEntries(attributes.map(({ key, value }) => [key, value.stringValue]));
}
