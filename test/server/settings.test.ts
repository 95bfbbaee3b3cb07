import { expect, it } from "vitest";
import { serverSettings, settingsText } from "../../src/server/settings.ts";

const gigabyte = 1024 ** 3;
const input = { memoryBytes: 4 * gigabyte, port: 5499, socketFolder: "/run/loadgen" };

it("takes a quarter of memory for shared_buffers, between 128 MB and 2 GB", () => {
  const buffers = (memoryBytes: number) =>
    serverSettings({ ...input, memoryBytes }).shared_buffers!.value;
  expect(buffers(4 * gigabyte)).toBe("1024MB");
  expect(buffers(64 * gigabyte)).toBe("2048MB");
  expect(buffers(gigabyte / 4)).toBe("128MB");
});

it("caps maintenance_work_mem on small machines", () => {
  const work = (memoryBytes: number) =>
    serverSettings({ ...input, memoryBytes }).maintenance_work_mem!.value;
  expect(work(24 * gigabyte)).toBe("512MB");
  expect(work(4 * gigabyte)).toBe("256MB");
});

it("writes one line for each setting, with its reason", () => {
  const text = settingsText(serverSettings(input));
  expect(text).toContain("port = '5499'  # Free when the server was started.\n");
  expect(text.trimEnd().split("\n")).toHaveLength(Object.keys(serverSettings(input)).length + 1);
});

it("quotes a socket folder with blanks, commas and quotes", () => {
  const text = settingsText(serverSettings({ ...input, socketFolder: `/it's "a", b` }));
  expect(text).toContain(`unix_socket_directories = '"/it''s ""a"", b"'`);
});
