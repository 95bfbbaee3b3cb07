/** Who is told of a run's metrics while it goes on: a scraper, a collector, or nobody. */
import { packageVersion } from "../server/package-root.ts";
import type { Line } from "../report/section.ts";
import { MetricsServer } from "../telemetry/metrics-server.ts";
import { exposition } from "../telemetry/prometheus.ts";
import type { RunMeters } from "../telemetry/run-meters.ts";
import { type OtlpEndpoint, otlpEndpoint } from "./otlp-endpoint.ts";
import type { ListenAddress } from "./option-values.ts";
import { UsageError } from "./problems.ts";
import type { RunOptions } from "./run-options.ts";

export interface Telemetry {
  /** What the plan's lines say of it. */
  readonly lines: readonly Line[];
  /** Never rejects. */
  close(): Promise<void>;
}

interface Around {
  readonly meters: RunMeters;
  readonly note: (text: string) => void;
  readonly env: Readonly<Record<string, string | undefined>>;
}

/** Throws a UsageError for a port that cannot be had, and for an --otlp that is no address. */
export async function openTelemetry(
  { metricsPort, otlp }: Pick<RunOptions, "metricsPort" | "otlp">,
  { meters, note, env }: Around,
): Promise<Telemetry> {
  const endpoint = askedEndpoint({ otlp, env, note });
  const server = metricsPort === undefined ? null : await serve(metricsPort, meters);
  const lines: Line[] = server === null ? [] : [["metrics", server.url]];
  if (endpoint === null) return { lines, close: async () => server?.close() };
  const { url, display, source } = endpoint;
  try {
    // Loaded only here: it takes a tenth of a second, and most runs do without.
    const { openOtlp } = await import("../telemetry/otlp.ts");
    const sending = openOtlp({ url, display }, { meters, version: packageVersion(), note });
    return {
      lines: [...lines, ["otlp", source === "--otlp" ? display : `${display} (of ${source})`]],
      close: async () => {
        await Promise.all([sending.close(), server?.close()]);
      },
    };
  } catch (error) {
    await server?.close();
    throw error;
  }
}

/** Null: none. What the environment has was not meant for this run alone: it does not keep it from going. */
function askedEndpoint({
  otlp,
  env,
  note,
}: Pick<Around, "env" | "note"> & { readonly otlp: string | undefined }): OtlpEndpoint | null {
  const endpoint = otlpEndpoint(otlp, env);
  if (endpoint.ok) return endpoint.value;
  if (otlp !== undefined) throw new UsageError(endpoint.problems);
  for (const problem of endpoint.problems) note(`${problem}; metrics are sent nowhere`);
  return null;
}

/** What the system says where an address cannot be listened at. */
const refusals: Readonly<Record<string, string>> = {
  EADDRINUSE: "is in use",
  EACCES: "may not be used by this user",
  EADDRNOTAVAIL: "is no address of this machine",
  ENOTFOUND: "is no address of this machine",
};

async function serve(at: ListenAddress, meters: RunMeters): Promise<MetricsServer> {
  try {
    return await MetricsServer.listen(at, exposition(meters));
  } catch (error) {
    const why = refusals[(error as { readonly code?: string }).code ?? ""];
    if (why === undefined) throw error;
    throw new UsageError([
      `--metrics-port: ${at.host}:${at.port} ${why}: expected a free port, or 0 for any`,
    ]);
  }
}
