/** The sizes of fixtures that tests of the command line share. */

/** Enough for transactions of every kind, and loaded in a second. */
export const tinyFixture = ["--documents", "200", "--references", "2000"] as const;

/** The same in few files, for tests of many runs: each of them copies it. */
export const fewPartitions = [...tinyFixture, "--partitions", "2"] as const;
