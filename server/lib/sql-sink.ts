import type { Prisma } from '@/prisma/generated/client'

/** A Prisma transaction, or a `pg` client inside one: whoever holds the transaction, statements are written once. */
export type SqlSink =
  | Pick<Prisma.TransactionClient, '$queryRawUnsafe'>
  | { query(text: string, values: unknown[]): Promise<{ rows: unknown[] }> }

/** Runs one statement; 64-bit values come as bigint from Prisma and as text from `pg`, so that callers cast them. */
export async function rowsOf<T>(tx: SqlSink, text: string, values: unknown[]): Promise<T[]> {
  if ('query' in tx) return (await tx.query(text, values)).rows as T[]
  return tx.$queryRawUnsafe<T[]>(text, ...values)
}
