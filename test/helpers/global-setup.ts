/** One embedded PostgreSQL for all tests that need one; each test makes databases of its own in it. */
import type { TestProject } from "vitest/node";
import { embeddedUrl, startEmbedded } from "../../src/server/embedded.ts";
import { buildLoadgen } from "./build.ts";
import { removeHome, temporaryHome } from "./home.ts";
import { tellOfChromium } from "./chromium.ts";
import { installServer14 } from "./postgresql-14.ts";

declare module "vitest" {
  export interface ProvidedContext {
    /** With the password. */
    serverUrl: string;
  }
}

export default async function setup(project: TestProject): Promise<() => Promise<void>> {
  buildLoadgen();
  installServer14();
  tellOfChromium();
  const home = await temporaryHome();
  const server = await startEmbedded(home);
  project.provide("serverUrl", await embeddedUrl(home, server.port));
  return () => removeHome(home);
}
