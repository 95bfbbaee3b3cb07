import { describe, expect, it } from "vitest";
import { otlpEndpoint } from "../../src/cli/otlp-endpoint.ts";

const both = {
  OTEL_EXPORTER_OTLP_ENDPOINT: "http://all:4318",
  OTEL_EXPORTER_OTLP_METRICS_ENDPOINT: "http://metrics:4318/own",
};

function found(option: string | undefined, env: Readonly<Record<string, string>> = {}) {
  const endpoint = otlpEndpoint(option, env);
  if (!endpoint.ok) throw new Error(endpoint.problems.join());
  return endpoint.value;
}

describe("the collector's address", () => {
  it("is nowhere unless somebody names one", () => {
    expect(found(undefined)).toBeNull();
    expect(found(undefined, { OTEL_EXPORTER_OTLP_ENDPOINT: " " })).toBeNull();
  });

  it("comes from the option, then the metrics' own variable, then that of all signals", () => {
    const all = { OTEL_EXPORTER_OTLP_ENDPOINT: both.OTEL_EXPORTER_OTLP_ENDPOINT };
    expect(found("http://here:1", both)?.url).toBe("http://here:1/v1/metrics");
    expect(found(undefined, both)).toMatchObject({
      url: "http://metrics:4318/own",
      source: "OTEL_EXPORTER_OTLP_METRICS_ENDPOINT",
    });
    expect(found(undefined, all)?.url).toBe("http://all:4318/v1/metrics");
  });

  it.each([{ OTEL_SDK_DISABLED: "True" }, { OTEL_METRICS_EXPORTER: "none" }])(
    "of the environment is not used where that has %o, that of the option is",
    (off) => {
      expect(found(undefined, { ...both, ...off })).toBeNull();
      expect(found("http://here:1", off)?.source).toBe("--otlp");
      expect(found(undefined, { ...both, OTEL_SDK_DISABLED: "false" })).not.toBeNull();
    },
  );

  it.each([
    ["http://here:1/", "http://here:1/v1/metrics"],
    ["https://here/otlp", "https://here/otlp/v1/metrics"],
    ["http://here:1/v1/metrics", "http://here:1/v1/metrics"],
  ])("of %s has its path", (given, url) => {
    expect(found(given)?.url).toBe(url);
  });

  it("is shown without what may be a key", () => {
    expect(found("http://here:1/?key=secret")).toMatchObject({
      url: "http://here:1/v1/metrics?key=secret",
      display: "http://here:1/v1/metrics",
    });
  });

  it.each(["nowhere", "here:4318", "ftp://here", "http://me:secret@here", "http://secret@here"])(
    "is not %s, which is not quoted",
    (given) => {
      const endpoint = otlpEndpoint(undefined, { OTEL_EXPORTER_OTLP_ENDPOINT: given });
      expect(endpoint.ok).toBe(false);
      const text = endpoint.ok ? "" : endpoint.problems.join();
      expect(text).toMatch(/^OTEL_EXPORTER_OTLP_ENDPOINT: expected /);
      expect(text).not.toContain("secret");
    },
  );
});
