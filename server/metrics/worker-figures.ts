import type { Pool } from 'pg'
import type { Queryable } from '@/server/lib/pg'
import type { MetricFamily } from './exposition'

/** A process that has told nothing for so long has ended, or stands still: its figures are the past's. */
const staleAfter = `interval '1 minute'`

/** Writes down what a worker tells of itself, and forgets those that are gone. */
export async function recordWorkerFigures(
  pg: Queryable,
  holder: string,
  figures: readonly MetricFamily[],
): Promise<void> {
  await pg.query(
    `INSERT INTO "WorkerFigures" (holder, at, figures) VALUES ($1, clock_timestamp(), $2)
     ON CONFLICT (holder) DO UPDATE SET at = excluded.at, figures = excluded.figures`,
    [holder, JSON.stringify(figures)],
  )
  await pg.query(`DELETE FROM "WorkerFigures" WHERE at < clock_timestamp() - ${staleAfter}`)
}

export async function forgetWorkerFigures(pg: Queryable, holder: string): Promise<void> {
  await pg.query('DELETE FROM "WorkerFigures" WHERE holder = $1', [holder])
}

/** What all workers told lately. */
export async function readWorkerFigures(pg: Pool): Promise<MetricFamily[]> {
  const { rows } = await pg.query<{ figures: MetricFamily[] }>(
    `SELECT figures FROM "WorkerFigures" WHERE at >= clock_timestamp() - ${staleAfter} ORDER BY holder`,
  )
  return rows.flatMap(({ figures }) => figures)
}
