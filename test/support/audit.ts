import { inTransaction } from '@/server/lib/pg'
import type { TestStage } from './caller'

/** Changes what Daxfleet refuses to change: as somebody would who may do everything in the database. */
export async function tamper(stage: Pick<TestStage, 'pg'>, sql: string, values?: unknown[]): Promise<void> {
  await inTransaction(stage.pg, async (tx) => {
    await tx.query('SET LOCAL session_replication_role = replica')
    await tx.query(sql, values)
  })
}
