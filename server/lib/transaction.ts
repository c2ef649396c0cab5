/** Patience of a Prisma transaction on a busy database, in milliseconds; far above what any of them takes. */
export const transactionLimits = { maxWait: 10_000, timeout: 30_000 } as const
