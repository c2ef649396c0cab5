import { PrismaPg } from '@prisma/adapter-pg'
import { PrismaClient } from '@/prisma/generated/client'
import { config } from './config'
import { databaseUrl } from './database-url'
import { boundStandstill, deadlines } from './pg'
import { statementName } from './statement-names'

/** A Prisma client for `url` with at most `maxConnections`; whoever makes it calls `$disconnect`. */
export function createDb(url: string, maxConnections = 10): PrismaClient {
  const connections = {
    connectionString: url,
    max: maxConnections,
    ...deadlines,
    onConnect: boundStandstill,
  }
  // An empty name is none.
  const adapter = new PrismaPg(connections, { statementNameGenerator: ({ sql }) => statementName(sql) ?? '' })
  return new PrismaClient({ adapter })
}

const held = globalThis as { daxfleetDb?: PrismaClient }

/** This process's Prisma client; connects on first use. */
export function db(): PrismaClient {
  // Kept on globalThis: a development server that reloads modules must not open a pool a reload.
  held.daxfleetDb ??= createDb(databaseUrl(), config().databasePoolConnections)
  return held.daxfleetDb
}
