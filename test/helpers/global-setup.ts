/**
 * What all tests with a PostgreSQL share: an embedded one, in which each makes databases of its own,
 * and a home folder to copy. Vitest asks for it once a project; it is made once.
 */
import type { TestProject } from "vitest/node";
import { bundledPackage } from "../../src/server/binaries.ts";
import { embeddedUrl, startEmbedded } from "../../src/server/embedded.ts";
import { buildLoadgen } from "./build.ts";
import { tellOfChromium } from "./chromium.ts";
import { removeHome, temporaryHome } from "./home.ts";
import { hasServer14, installServer14, package14 } from "./postgresql-14.ts";
import {
  copyPrepared,
  prepareFixture,
  type PreparedHomes,
  prepareServer,
} from "./prepared-home.ts";

declare module "vitest" {
  export interface ProvidedContext {
    /** With the password. */
    serverUrl: string;
    /** To copy: see prepared-home.ts. */
    preparedHomes: PreparedHomes;
  }
}

interface Shared {
  readonly serverUrl: string;
  readonly serverHome: string;
  readonly preparedHomes: PreparedHomes;
}

/** Each project has this module for itself, but all are in one process. */
const ofProcess = globalThis as { loadgenTests?: { made: Promise<Shared>; users: number } };

export default async function setup(project: TestProject): Promise<() => Promise<void>> {
  const shared = (ofProcess.loadgenTests ??= { made: make(), users: 0 });
  shared.users++;
  const { serverUrl, serverHome, preparedHomes } = await shared.made;
  project.provide("serverUrl", serverUrl);
  project.provide("preparedHomes", preparedHomes);
  return async () => {
    if (--shared.users > 0) return;
    delete ofProcess.loadgenTests;
    const homes = [serverHome, ...Object.values<string | null>({ ...preparedHomes })];
    await Promise.all(homes.filter((home) => home !== null).map(removeHome));
  };
}

async function make(): Promise<Shared> {
  buildLoadgen();
  installServer14();
  tellOfChromium();
  const [server18, server14] = await Promise.all([
    prepareServer(bundledPackage()),
    hasServer14 ? prepareServer(package14()) : null,
  ]);
  const serverHome = await temporaryHome();
  await copyPrepared(server18, serverHome);
  const [withFixture, server] = await Promise.all([
    prepareFixture(server18),
    startEmbedded(serverHome),
  ]);
  return {
    serverUrl: await embeddedUrl(serverHome, server.port),
    serverHome,
    preparedHomes: { withFixture, server18, server14 },
  };
}
