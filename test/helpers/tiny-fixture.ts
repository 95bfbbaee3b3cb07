/** Enough for transactions of every kind, and loaded in a second. */
export const tinyFixture = ["--documents", "200", "--references", "2000"] as const;
