import { createServer, request } from "node:http";
import type { AddressInfo } from "node:net";
import { describe, expect, it } from "vitest";
import { UsageError } from "../../src/cli/problems.ts";
import { openTelemetry } from "../../src/cli/telemetry.ts";
import { meters } from "../telemetry/meters.ts";

function around(env: Readonly<Record<string, string>> = {}) {
  const notes: string[] = [];
  return { notes, meters: meters(), note: (text: string) => notes.push(text), env };
}

async function freePort(): Promise<number> {
  const server = createServer();
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const { port } = server.address() as AddressInfo;
  await new Promise((resolve) => server.close(resolve));
  return port;
}

function statusFor(url: string, host: string): Promise<number | undefined> {
  return new Promise((resolve, reject) => {
    request(url, { headers: { host }, agent: false }, (response) => {
      response.resume();
      resolve(response.statusCode);
    })
      .once("error", reject)
      .end();
  });
}

describe("who is told of a run's metrics", () => {
  it("is a scraper that asks for this machine by its own name", async () => {
    const metricsPort = { host: "127.0.0.1", port: 0 };
    const telemetry = await openTelemetry({ metricsPort }, around());
    try {
      const url = telemetry.lines[0]?.[1] ?? "";
      const { port } = new URL(url);
      expect(await statusFor(url, `127.0.0.1:${port}`)).toBe(200);
      expect(await statusFor(url, `localhost:${port}`)).toBe(200);
      expect(await statusFor(url, `evil.example:${port}`)).toBe(403);
    } finally {
      await telemetry.close();
    }
  });

  it("is a scraper on another machine, by whatever name, where the address is one that others reach", async () => {
    const metricsPort = { host: "0.0.0.0", port: 0 };
    const telemetry = await openTelemetry({ metricsPort }, around());
    try {
      const { port } = new URL(telemetry.lines[0]?.[1] ?? "");
      expect(await statusFor(`http://127.0.0.1:${port}/metrics`, `there.example:${port}`)).toBe(
        200,
      );
    } finally {
      await telemetry.close();
    }
  });

  it("is wrong usage at an address that this machine does not have", async () => {
    // Of a block that is nobody's: RFC 5737.
    const metricsPort = { host: "192.0.2.1", port: 9464 };
    await expect(openTelemetry({ metricsPort }, around())).rejects.toThrow(
      "--metrics-port: 192.0.2.1:9464 is no address of this machine",
    );
  });

  it("is nobody where the environment's address is none, which is noted; an option's is wrong usage", async () => {
    const told = around({ OTEL_EXPORTER_OTLP_ENDPOINT: "here:4318" });
    const telemetry = await openTelemetry({}, told);
    await telemetry.close();
    expect(telemetry.lines).toEqual([]);
    expect(told.notes).toEqual([
      expect.stringMatching(/^OTEL_EXPORTER_OTLP_ENDPOINT: expected .*; metrics are sent nowhere$/),
    ]);
    await expect(openTelemetry({ otlp: "here:4318" }, around())).rejects.toThrow(UsageError);
  });

  it("is not waited for at a port that is held though there is no run", async () => {
    const metricsPort = { host: "127.0.0.1", port: await freePort() };
    const broken = around();
    Object.defineProperty(broken.meters, "labels", {
      get: () => {
        throw new Error("no labels");
      },
    });
    const asked = { metricsPort, otlp: "http://127.0.0.1:9" };
    await expect(openTelemetry(asked, broken)).rejects.toThrow("no labels");
    await (await openTelemetry({ metricsPort }, around())).close();
  });
});
