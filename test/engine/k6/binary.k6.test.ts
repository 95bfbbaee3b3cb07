import { spawn } from "node:child_process";
import { once } from "node:events";
import { mkdir, mkdtemp, readdir, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, inject, it } from "vitest";
import { k6Binary, K6Problem } from "../../../src/engine/k6/binary.ts";

/** A Go program that says of itself what k6 does: to build k6 itself takes minutes. */
const main = `package main

import "fmt"

func main() {
	fmt.Println("k6 v1.8.1 (go1.26.0, linux/amd64)")
	fmt.Println("Extensions:")
	fmt.Println("  github.com/grafana/xk6-sql v1.0.5, k6/x/sql [js]")
	fmt.Println("  loadgen/k6 (devel), k6/x/sql/driver/postgres [js]")
}
`;

const goMod = "module example/k6\n\ngo 1.21\n\n";

// Whoever has the k6 of the tests built has Go, but for those who name one.
describe.skipIf(inject("k6") === null)("our own k6", () => {
  let folder: string;
  let module: string;
  let cache: string;
  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), "loadgen-build-"));
    module = join(folder, "module");
    cache = join(folder, "cache");
    await mkdir(module);
    await writeModule(main);
  });
  afterEach(() => rm(folder, { recursive: true }));

  async function writeModule(source: string): Promise<void> {
    await writeFile(join(module, "go.mod"), goMod);
    await writeFile(join(module, "go.sum"), "");
    await writeFile(join(module, "main.go"), source);
  }

  function build() {
    const told: string[] = [];
    const found = k6Binary({ named: null, module, cache, onBuilding: () => told.push("building") });
    return { told, found };
  }

  it("is built by two at once, of whom neither disturbs the other, and then never again", async () => {
    const [one, other] = [build(), build()];
    const [first, second] = [await one.found, await other.found];
    expect(second).toEqual(first);
    expect(first.version).toBe("k6 v1.8.1, xk6-sql v1.0.5");
    expect([...one.told, ...other.told]).toEqual(["building", "building"]);
    const [key, ...others] = await readdir(cache);
    expect(others).toEqual([]);
    expect(await readdir(join(cache, String(key)))).toEqual(["k6"]);
    const third = build();
    expect(await third.found).toEqual(first);
    expect(third.told).toEqual([]);
  });

  it("names the driver that its module pins, and is another one once the module is", async () => {
    const first = await build().found;
    expect(first.driver).toBe("lib/pq of unknown version by way of database/sql");
    await mkdir(join(module, "pq"));
    await writeFile(join(module, "pq", "go.mod"), "module github.com/lib/pq\n");
    const pin = "require (\n\tgithub.com/lib/pq v1.12.3\n)\nreplace github.com/lib/pq => ./pq\n";
    await writeFile(join(module, "go.mod"), goMod + pin);
    const second = await build().found;
    expect(second.driver).toBe("lib/pq v1.12.3 by way of database/sql");
    expect(second.path).not.toBe(first.path);
  });

  it("leaves nothing but what Go says where it cannot be built", async () => {
    await writeModule(main.replace("func main", "funk main"));
    const failure = await build().found.catch((error: unknown) => error);
    expect(failure).toBeInstanceOf(K6Problem);
    expect(String(failure)).toMatch(/could not be built with Go in .*\n.*main\.go:5:/s);
    expect(await readdir(cache)).toEqual([]);
  });

  it("is built anew after a build that was killed, whose leavings are removed", async () => {
    const killed = spawn("sleep", ["0"]);
    await once(killed, "exit");
    await mkdir(join(cache, `building-${killed.pid}-x`), { recursive: true });
    await writeFile(join(cache, `building-${killed.pid}-x`, "k6"), "half");
    // That of one which is at it is left alone.
    await mkdir(join(cache, `building-${process.ppid}-y`));
    const { path } = await build().found;
    expect((await readFile(path)).length).toBeGreaterThan(100_000);
    const names = (await readdir(cache)).filter((name) => name.startsWith("building-"));
    expect(names).toEqual([`building-${process.ppid}-y`]);
  });
});
