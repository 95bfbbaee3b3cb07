/** The bundled scenarios, by hand; in the order of `loadgen list`. */
import type { Scenario } from "../src/core/scenario.ts";
import { batch1000 } from "./dms/batch-1000.ts";
import { concurrent } from "./dms/concurrent.ts";
import { crossPartition } from "./dms/cross-partition.ts";
import { mixed } from "./dms/mixed.ts";
import { pointRead } from "./dms/point-read.ts";
import { service } from "./dms/service/service.ts";
import { singleDocument } from "./dms/single-document.ts";
import { metaverseCreate } from "./metaverse/metaverse-create.ts";
import { metaverseImport } from "./metaverse/metaverse-import.ts";
import { metaverseMatch } from "./metaverse/metaverse-match.ts";
import { metaverseSync } from "./metaverse/metaverse-sync.ts";
import { metaverseUpdate } from "./metaverse/metaverse-update.ts";
import { historyMixed } from "./event-history/history-mixed.ts";
import { historyRead } from "./event-history/history-read.ts";
import { historyUpkeep } from "./event-history/history-upkeep.ts";
import { historyWrite } from "./event-history/history-write.ts";

export const scenarios: readonly Scenario[] = Object.freeze([
  concurrent,
  singleDocument,
  batch1000,
  crossPartition,
  mixed,
  pointRead,
  service,
  metaverseCreate,
  metaverseImport,
  metaverseMatch,
  metaverseSync,
  metaverseUpdate,
  historyWrite,
  historyRead,
  historyMixed,
  historyUpkeep,
]);
