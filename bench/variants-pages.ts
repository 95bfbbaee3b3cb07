/** The pages of documentation that `npm run docs:variants` writes tables of variants into. */

export interface VariantsTable {
  /** Its heading on the page. */
  readonly title: string;
  /** What a reader must know before the figures, such as what a transaction is; a sentence or two. */
  readonly about: string;
  readonly scenario: string;
  /** The first is the one that the others are held against. */
  readonly variants: readonly string[];
  /** Further words of `loadgen run`. */
  readonly options: readonly string[];
  /** Those to be shown, a column each, as variants.json names them; null: all, a row each. */
  readonly figures: readonly string[] | null;
}

export interface VariantsPage {
  readonly file: string;
  readonly tables: readonly VariantsTable[];
}

const dmsVariants = ["current", "differential", "merge", "final"];
const dmsOptions = words("--fixture tiny --think 0 --duration 5s --warmup 2s --rounds 4");

const writing = [
  "throughput",
  "p50",
  "p95",
  "WAL per transaction",
  "buffers per transaction",
  "dead rows per transaction",
  "client CPU per transaction",
];

/** Without what tells nothing there: new rows leave none dead, and there are too few of them for a tail. */
const making = [
  ...writing.filter((name) => name !== "p95" && !name.startsWith("dead")),
  "WAL records per transaction",
];

/** Where ILIKE, which looks at all values of the attribute, still gets through a page in time. */
const thousand = "--users 1000 --groups 50";

const short = "--duration 1200ms --warmup 300ms --rounds 4";

const reads = ["latest-by-id", "list-by-market", "list-by-party", "filter-by-status"];

const caches = ["match-lookup-cache", "match-entity-cache", "match-join-cache", "match-model"];

const remembered = [
  ...["throughput", "p50 of import-page", "buffers per transaction", "hit share of entries"],
  ...["stale share of hits of entries", "bytes per entry of entries"],
];

/** By what the command line calls them. */
export const variantsPages: Readonly<Record<string, VariantsPage>> = {
  dms: {
    file: "docs/variants.md",
    tables: [
      {
        title: "single-document",
        about: "One document whose references stay the same.",
        ...{ scenario: "single-document", variants: dmsVariants, options: dmsOptions },
        figures: null,
      },
      {
        title: "concurrent",
        about: "Ten sessions, and sets of references that change.",
        ...{ scenario: "concurrent", variants: dmsVariants, options: dmsOptions },
        figures: null,
      },
    ],
  },
  metaverse: {
    file: "docs/metaverse.md",
    tables: [
      {
        title: "How rows are made",
        about: "A transaction is a page of 20 new objects with some 400 values; one session.",
        scenario: "metaverse-create",
        variants: [
          "current",
          "create-insert",
          "create-unnest",
          "create-copy-text",
          "create-copy-binary",
        ],
        options: words(`--sessions 1 --page 20 ${short}`),
        figures: making,
      },
      ...[2, 4].map(sideBySide),
      {
        title: "Indexes and foreign keys, as rows are made",
        about: "The same page.",
        scenario: "metaverse-create",
        variants: ["current", "indexes-7", "indexes-none", "no-foreign-keys"],
        options: words(`--sessions 1 --page 20 ${short}`),
        figures: [...making, "index growth per transaction"],
      },
      {
        title: "How they are updated",
        about: "A transaction is a page of 50 objects, read, compared and written; one session.",
        scenario: "metaverse-update",
        variants: ["current", "update-per-row", "update-staged", "update-delete-insert"],
        options: words(`${thousand} ${short}`),
        figures: writing,
      },
      {
        title: "How entries are found",
        about: "A transaction looks up 10 external ids and reads what is in their entries.",
        scenario: "metaverse-match",
        variants: ["current", "match-per-object", "match-page", "match-prefetched"],
        options: words(`${thousand} --sessions 1 --page 10 ${matching("match-page")} ${short}`),
        figures: ["throughput", "p50", "p95", "buffers per transaction"],
      },
      {
        title: "What is remembered of entries",
        about:
          "A transaction imports 20 entries, or changes what external ids lead to; one session, told after each commit.",
        scenario: "metaverse-import",
        variants: ["match-page", ...caches],
        options: words(`${thousand} ${short}`),
        figures: remembered,
      },
      {
        title: "Who remembers is told, or is not",
        about:
          "The same by four sessions of one process, which lock the rows before they write: what was out of date is then found in time, and costs. What was found in the warm-up may prove stale after it: hence a share above 100 %.",
        scenario: "metaverse-import",
        variants: [
          "match-entity-cache+lock",
          "match-entity-cache+told-before-commit+lock",
          "match-entity-cache+told-by-notification+lock",
          "match-entity-cache+told-never+lock",
          "match-lookup-cache+told-never+lock",
        ],
        options: words(`${thousand} --sessions 4 --hot 100 ${short}`),
        figures: remembered,
      },
      {
        title: "How an external id is compared",
        about: "The same page, an id a query: by ILIKE, by =, and by lower() with an index of it.",
        scenario: "metaverse-match",
        variants: ["current", "spelling-equal", "spelling-lower"],
        options: words(`${thousand} --sessions 1 --page 10 ${matching("match-page")} ${short}`),
        figures: ["throughput", "p50", "p95", "buffers per transaction"],
      },
      {
        title: "How a page of entries is found",
        about: "A transaction reads 50 entries in a row from anywhere among 5 000.",
        scenario: "metaverse-match",
        variants: ["current", "paging-offset"],
        options: words(`--fixture small --sessions 1 ${matching("read-page")} ${short}`),
        figures: ["throughput", "p50", "p95", "buffers per transaction"],
      },
    ],
  },
  "event-history": {
    file: "docs/event-history.md",
    tables: [
      {
        title: "What writing costs",
        about: "A transaction is a block of 50 order events and what goes with them; one writer.",
        scenario: "history-write",
        variants: [
          "distinct-on",
          "copy",
          "unpartitioned",
          "ordered-indexes",
          "statement-upsert",
          "row-upsert",
          "audit-table",
          "current-flag",
          "current-flag-locked",
          "validity-interval",
          "live-table",
          "live-table-guarded",
        ],
        options: words("--duration 1s --warmup 500ms --rounds 4"),
        figures: [
          ...writing.filter((name) => name !== "p95" && !name.startsWith("client")),
          "HOT share of updates",
          "table growth per transaction",
          "index growth per transaction",
        ],
      },
      {
        title: "What reading costs",
        about:
          "Buffers are pages of 8 KB that a statement looks at: they tell the ways apart whatever the machine; with more history they grow where it is searched anew.",
        scenario: "history-read",
        variants: [
          "distinct-on",
          "distinct-on-immutable",
          "ordered-indexes",
          "current-flag",
          "row-upsert",
          "materialized-view",
          "live-table",
        ],
        options: words("--duration 2s --warmup 300ms --rounds 4"),
        figures: [
          "throughput",
          "buffers per transaction",
          ...[...reads, "live-orders"].map((name) => `buffers per statement of ${name}`),
          ...reads.slice(0, 2).map((name) => `p50 of ${name}`),
        ],
      },
      {
        title: "Both, beside a long snapshot",
        about:
          "Four sessions write and read the same orders, and now and then one holds a snapshot.",
        scenario: "history-mixed",
        variants: ["distinct-on", "ordered-indexes", "statement-upsert"],
        options: words(
          "--sorted --weights drop-oldest-day=0,restore-newest-day=0 --duration 1500ms --warmup 500ms --rounds 4",
        ),
        figures: [
          ...["throughput", "p50 of write-block", "p50 of latest-by-id", "p50 of list-by-market"],
          ...["WAL per transaction", "buffers per transaction", "dead rows per transaction"],
        ],
      },
    ],
  },
};

/** A page over several connections, against the same page over one. */
function sideBySide(writers: number): VariantsTable {
  return {
    title: `Over ${writers} connections`,
    about: `A transaction is a page of 200 new objects with some 4 000 values; one session, with ${writers} connections where pages are written in parts.`,
    scenario: "metaverse-create",
    variants: ["create-copy-binary", "create-copy-binary-parallel"],
    options: words(
      `--sessions 1 --page 200 --writers ${writers} --duration 2s --warmup 300ms --rounds 4`,
    ),
    figures: making,
  };
}

/** One kind of transaction alone. */
function matching(operation: string): string {
  const others = ["match-page", "join-page", "read-page"].filter((name) => name !== operation);
  return `--weights ${operation}=1,${others.map((name) => `${name}=0`).join(",")}`;
}

function words(text: string): readonly string[] {
  return text.split(" ");
}
