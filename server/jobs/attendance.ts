import type { Queryable } from '@/server/lib/pg'
import { isAwaited } from '@/server/lib/queue'
import { unservedPoolOf } from '@/server/pools/served'
import { unservedWords } from '@/server/pools/words'
import type { Attendance } from './schema'
import { isEnded } from './transitions'
import type { JobStateName } from './vocabulary'

/** A worker looks for what nobody holds this often (server/worker/main.ts), whether or not it was woken. */
const sweepSeconds = 10
/** What has been due for so long finds no worker that takes it. */
const overdueSeconds = 20

/** On the database's clock alone. The lease is the host's, whoever holds it; null: nobody does. */
const read = `
  SELECT j.state::text, j."hostId", j.holder IS NOT NULL AND l.holder = j.holder AND l.epoch = j.epoch AS owned,
    extract(epoch FROM l."expiresAt" - clock_timestamp())::float8 AS "leaseLeftSeconds",
    extract(epoch FROM clock_timestamp() - j."runAfter")::float8 AS "dueForSeconds"
  FROM "Job" j LEFT JOIN "HostLease" l ON l."hostId" = j."hostId" AND l."expiresAt" > clock_timestamp()
  WHERE j.id = $1`

interface Facts {
  state: JobStateName
  hostId: string
  owned: boolean | null
  leaseLeftSeconds: number | null
  dueForSeconds: number
}

/**
 * Whether anybody looks after a job: told from its host's lease, and, where a job waits without one, from how long it
 * has waited. Null when the job has ended or is gone.
 */
export async function readAttendance(
  pg: Queryable,
  jobId: string,
  leaseSeconds: number,
): Promise<Attendance | null> {
  const { rows } = await pg.query<Facts>(read, [jobId])
  const facts = rows[0]
  if (facts === undefined || isEnded(facts.state)) return null
  const left = facts.leaseLeftSeconds
  // Renewed every third of its time: half of it gone means that a renewal is overdue.
  if (left !== null && left < leaseSeconds / 2)
    return { type: 'silent', takeOverWithinSeconds: Math.ceil(left) + sweepSeconds }
  // A queued job has no holder of its own; an unknown one has none between two tries to reach its host.
  const waits = facts.state === 'queued' || facts.state === 'unknown'
  if (left === null && waits) {
    const pool = await unservedPoolOf(pg, facts.hostId)
    if (pool !== null) return { type: 'unserved', ...unservedWords(pool) }
  }
  const attended = waits
    ? left !== null ||
      facts.dueForSeconds < overdueSeconds ||
      (await isAwaited(pg, `run-job:${jobId}`, overdueSeconds))
    : facts.owned === true
  return { type: attended ? 'attended' : 'nobody' }
}
