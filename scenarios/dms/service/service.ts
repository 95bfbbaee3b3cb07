/**
 * Requests to a modelled service in front of the database: the one of the investigation of 2025-11-07,
 * which saw 245 % CPU in the service, a pool of 100 connections, and about six busy sessions in
 * PostgreSQL whatever the load. Its four findings are modelled, each in a file beside this one and
 * each as found ("before") and as recommended. A session is a request in flight; whoever is in front
 * of the service, with or without enough sockets, is left out (`--driver-sockets` has that).
 *
 * A request has a worker thread, reads the schema, makes sure of the claim sets, is authorized, and
 * then updates a document (55 %), updates it with a cascade (25 %) or reads a page (20 %). What the
 * service computes is a wait for one of its cores and a timer, so that the model leaves this machine
 * to the server; statements are real, each after a round trip's time.
 *
 * Where the figures come from: none was published of a single stage. A simulation gave 48 requests a
 * second and 5.8 busy sessions with 20 ms under the schema's lock, so that at most 50 pass in a second;
 * with the 245 % CPU as three cores; a cascade of 70 ms on a quarter of requests, 30 ms of serializing
 * on a fifth; and six round trips of 12 ms. The round trips of an update are seven of 15 ms here, since
 * BEGIN's own comes before the session is busy and pages take fewer. A replacement of 10 to 100
 * references takes 8 to 9 ms on the fixture `small` (2 cores), a commit 1 to 3: they are not modelled
 * and take what they take. Uploads, expiries and remote calls come more often than in practice, so that
 * a run of seconds sees some of each.
 *
 * What to expect: the lock decides before anything is fixed, then the cores. The other fixes move the
 * waiting, and not the capacity. What later turned out to be the cause in the original case was none of
 * these, but ten sockets in the driver: the findings were real, and not the cap.
 */
import { inside } from "../../../src/core/service.ts";
import { defaultRetry } from "../../../src/core/retry.ts";
import { type Context, defineScenario, type Planned } from "../../../src/core/scenario.ts";
import type { Transaction } from "../../../src/core/transaction.ts";
import { drawReplacement, requireAliases } from "../references.ts";
import {
  type Document,
  readAliases,
  readDocuments,
  shuffledAliases,
  shuffledDocuments,
} from "../world.ts";
import { authorizationForms } from "./authorization.ts";
import { claimForms } from "./claims.ts";
import { fixes } from "./fixes.ts";
import { type Service, serviceOf } from "./places.ts";
import { type QueryForms, readPage } from "./query.ts";
import { schemaForms } from "./schema.ts";
import { update, type UpdateForms } from "./update.ts";

const options = {
  schema: {
    kind: "choice",
    values: ["before", "swap", "precomputed"],
    default: "before",
    help: "the schema is cloned, and merged anew, under one lock; in parallel and swapped; or on upload",
  },
  claims: {
    kind: "choice",
    values: ["before", "shared", "ahead"],
    default: "before",
    help: "expired claim sets are fetched by everyone; by one for all; or by one before they expire",
  },
  authorization: {
    kind: "choice",
    values: ["before", "cached"],
    default: "before",
    help: "four reads, each on a connection of its own; or one, in the request's transaction",
  },
  cascade: {
    kind: "choice",
    values: ["before", "outside"],
    default: "before",
    help: "documents are rewritten inside the open transaction; or before it",
  },
  streaming: {
    kind: "choice",
    values: ["before", "chunks"],
    default: "before",
    help: "a page is serialized on its connection; or, at most half of it, without one and in chunks",
  },
  threads: { kind: "integer", min: 1, default: 64, help: "worker threads of the service" },
  cores: { kind: "integer", min: 1, default: 3, help: "cores that the service's work is done on" },
  "round-trip": {
    kind: "integer",
    min: 0,
    default: 15,
    help: "milliseconds that each statement takes on its way to the server and back",
  },
} as const;

type Settings = Context<typeof options> & { readonly service: Service };

const operations = ["update-document", "update-with-cascade", "query-documents"] as const;

export const service = defineScenario({
  name: "service",
  summary: "requests to a modelled service with a pool of 100 and its findings, before and after",
  system: "dms",
  operations,
  defaults: { sessions: 16, thinkMs: [0, 0], poolMax: 100 },
  options,
  service: true,
  fixes,
  retry: defaultRetry,
  thresholds: { aborted: ["count == 0"], unknown: ["count == 0"] },

  *prepare({ seed, options: { threads, cores, "round-trip": roundTripMs } }) {
    const documents = shuffledDocuments(seed, yield* readDocuments());
    const aliases = shuffledAliases(seed, yield* readAliases());
    requireAliases(aliases);
    return { documents, aliases, service: serviceOf({ threads, cores, roundTripMs }) };
  },

  draw(random, { documents, aliases, service }, context): Planned {
    const operation = operationOf(random.below(100));
    const document = random.pick(documents);
    const settings = { ...context, service };
    if (operation === "query-documents") {
      const steps = () =>
        request(settings, document, (forms) => readPage(settings, document, forms));
      return { operation, inputs: [document.id], steps };
    }
    const { inputs, replacement, writes } = drawReplacement(random, document, aliases);
    const asked = { document, replacement, isCascading: operation === "update-with-cascade" };
    const steps = () => request(settings, document, (forms) => update(settings, asked, forms));
    return { operation, inputs, writes, steps };
  },
});

/** @param percent from 0 to 99. */
function operationOf(percent: number): (typeof operations)[number] {
  if (percent < 25) return "update-with-cascade";
  return percent < 45 ? "query-documents" : "update-document";
}

/** What the last part of a request is told of the forms of this run. */
type MainForms = UpdateForms & QueryForms;

type Main = (forms: MainForms) => Transaction;

function request(settings: Settings, document: Document, main: Main): Transaction {
  return inside(settings.service.threads, () => handled(settings, document, main));
}

function* handled({ service, options }: Settings, document: Document, main: Main): Transaction {
  const { schema, claims, authorization, cascade, streaming } = options;
  const { ahead, within } = authorizationForms[authorization];
  yield* schemaForms[schema](service);
  yield* claimForms[claims](service);
  yield* ahead(service, document);
  yield* main({ cascade, streaming, authorize: () => within(document) });
}
