/** Where an OpenTelemetry collector is: by the option, else by the variables that all such programs know. */
import { type Parsed, parsed, rejected } from "../core/parsed.ts";

export interface OtlpEndpoint {
  /** With its path. */
  readonly url: string;
  /** Without what may be secret in it. */
  readonly display: string;
  /** The option or the variable that it comes from. */
  readonly source: string;
}

const metricsPath = "v1/metrics";

/** What is wrong with a collector's address, without quoting it: there may be a password in it. */
export function otlpProblem(text: string): string | null {
  const url = URL.canParse(text) ? new URL(text) : null;
  if (url === null || !["http:", "https:"].includes(url.protocol)) {
    return "expected the address of an OpenTelemetry collector, such as http://localhost:4318";
  }
  return url.username + url.password === ""
    ? null
    : "expected an address without a password: put credentials into OTEL_EXPORTER_OTLP_HEADERS";
}

/** By what all such programs heed; an option of this very run is stronger. */
function isSwitchedOff(env: Readonly<Record<string, string | undefined>>): boolean {
  const valueOf = (name: string) => env[name]?.trim().toLowerCase();
  return valueOf("OTEL_SDK_DISABLED") === "true" || valueOf("OTEL_METRICS_EXPORTER") === "none";
}

/**
 * Null: nobody asked for one. Addresses are of the collector, to which `v1/metrics` is added, but for
 * that of metrics alone (https://opentelemetry.io/docs/specs/otel/protocol/exporter/). None where the environment switches
 * metrics off (https://opentelemetry.io/docs/specs/otel/configuration/sdk-environment-variables/).
 */
export function otlpEndpoint(
  option: string | undefined,
  env: Readonly<Record<string, string | undefined>>,
): Parsed<OtlpEndpoint | null> {
  const candidates = [
    { source: "--otlp", text: option, isWhole: false },
    { source: "OTEL_EXPORTER_OTLP_METRICS_ENDPOINT", isWhole: true },
    { source: "OTEL_EXPORTER_OTLP_ENDPOINT", isWhole: false },
  ].map(({ text, ...one }) => ({ ...one, text: (text ?? env[one.source])?.trim() ?? "" }));
  const found = candidates.find(({ text }) => text !== "");
  if (found === undefined) return parsed(null);
  if (option === undefined && isSwitchedOff(env)) return parsed(null);
  const problem = otlpProblem(found.text);
  if (problem !== null) return rejected(`${found.source}: ${problem}`);
  const url = new URL(found.text);
  if (!found.isWhole && !url.pathname.endsWith(`/${metricsPath}`)) {
    url.pathname = `${url.pathname.replace(/\/$/, "")}/${metricsPath}`;
  }
  const display = `${url.origin}${url.pathname}`;
  return parsed({ url: url.href, display, source: found.source });
}
