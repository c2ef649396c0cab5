import type { Pool } from 'pg'
import type { PrismaClient } from '@/prisma/generated/client'
import type { Actor } from '@/server/audit/actor'

/** What a service is given to work with, so that a test can give it a database of its own. */
export interface ServiceContext {
  db: PrismaClient
  /** For statements where Prisma is too slow or says too little. */
  pg: Pool
  actor: Actor
}

/** Patience of a Prisma transaction on a busy database, in milliseconds; far above what any of them takes. */
export const transactionLimits = { maxWait: 10_000, timeout: 30_000 } as const
