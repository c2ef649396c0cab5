import { randomUUID } from 'node:crypto'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import path from 'node:path'
import type { Role } from '@/server/auth/vocabulary'
import { liveHub } from '@/server/events/live-hub'
import { forgetConfig } from '@/server/lib/config'
import { db } from '@/server/lib/db'
import { pool } from '@/server/lib/pg'
import { createToken } from '@/server/tokens/service'
import { createTestStage, type TestStage } from './caller'

/** A stage whose database is also that of this process, so that route handlers answer from it as they stand. */
export interface ServedStage extends TestStage {
  /** Somebody with an account, and a token of theirs. */
  person(role: Role, scopes?: string[]): Promise<{ userId: string; email: string; token: string }>
}

export async function createServedStage(settings: Record<string, string> = {}): Promise<ServedStage> {
  const stage = await createTestStage()
  const dataDir = mkdtempSync(path.join(tmpdir(), 'daxfleet web '))
  Object.assign(process.env, { DATABASE_URL: stage.url, DATA_DIR: dataDir, ...settings })
  forgetConfig()
  return {
    ...stage,
    async person(role, scopes = ['*:administer']) {
      const id = randomUUID()
      const user = { id, name: role, email: `${role}-${id.slice(0, 8)}@example.test`, role }
      await stage.db.user.create({ data: user })
      const principal = {
        ...user,
        secondFactor: 'off',
        via: { type: 'session', sessionId: randomUUID() },
      } as const
      // Made by an admin's hand, so that a role can be tried with scopes beyond it.
      const ctx = { ...stage, user: { ...principal, role: 'admin' as const } }
      const made = await createToken(ctx, { name: `of ${role}`, scopes, lifeSeconds: 600 })
      if (made.type !== 'created') throw new Error(made.message)
      return { userId: id, email: user.email, token: made.token }
    },
    async close() {
      await liveHub().close()
      await pool().end()
      await db().$disconnect()
      await stage.close()
      rmSync(dataDir, { recursive: true, force: true })
    },
  }
}
