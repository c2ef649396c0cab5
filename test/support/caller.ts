import { randomUUID } from 'node:crypto'
import type { Pool } from 'pg'
import type { PrismaClient } from '@/prisma/generated/client'
import type { Actor } from '@/server/audit/actor'
import { loadPrincipal, type Principal } from '@/server/auth/principal'
import type { Role } from '@/server/auth/vocabulary'
import { EventHub } from '@/server/events/hub'
import { createDb } from '@/server/lib/db'
import { createPool } from '@/server/lib/pg'
import { createCallerFactory } from '@/server/trpc/procedures'
import { appRouter } from '@/server/trpc/root'
import { createTestDatabase, type TestDatabase } from './database'

const createCaller = createCallerFactory(appRouter)
export type Caller = ReturnType<typeof createCaller>

/** A migrated database of the test's own with everything a service or a procedure is given. */
export interface TestStage {
  db: PrismaClient
  pg: Pool
  hub: EventHub
  url: string
  /** For services called directly, as the worker does. */
  actor: Actor
  /** The API as an admin sees it. */
  caller: Caller
  /** The API as somebody with that role sees it. */
  callerAs(role: Role): Caller
  /** The API as somebody with an account sees it, in a session of its own. */
  callerOf(userId: string): Promise<Caller>
  /** The API without a session. */
  stranger: Caller
  /** Closes every connection and drops the database; fails when one was leaked. Call it in afterAll. */
  close(): Promise<void>
}

/** Somebody with this role who is signed in; no account of theirs is needed to call a procedure. */
export function testUser(role: Role): Principal {
  const via = { type: 'session', sessionId: randomUUID() } as const
  return { id: randomUUID(), name: 'Ada Operator', email: 'ada@example.test', role, secondFactor: 'off', via }
}

/** On a fresh copy of the run's database, unless given one. */
export async function createTestStage(given?: TestDatabase): Promise<TestStage> {
  const database = given ?? (await createTestDatabase())
  const db = createDb(database.url, 5)
  const pg = createPool(database.url, 5)
  const hub = new EventHub(database.url)
  const context = { db, pg, hub }
  return {
    ...context,
    url: database.url,
    actor: { kind: 'worker', id: 'test-worker' },
    caller: createCaller({ ...context, user: testUser('admin') }),
    callerAs: (role) => createCaller({ ...context, user: testUser(role) }),
    async callerOf(userId) {
      const { via } = testUser('viewer')
      return createCaller({ ...context, user: await loadPrincipal(db, userId, via) })
    },
    stranger: createCaller({ ...context, user: null }),
    async close() {
      await hub.close()
      await pg.end()
      await db.$disconnect()
      await database.drop()
    },
  }
}
