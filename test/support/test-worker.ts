import type { AgentClient } from '@/server/agents/port'
import { createPostgresStore } from '@/server/jobs/postgres-store'
import { newHolderId } from '@/server/lib/ids'
import type { WorkerContext, WorkerLimits } from '@/server/worker/context'
import { createPostgresRecords } from '@/server/worker/postgres-records'
import { startWorker } from '@/server/worker/worker'
import type { JobStage } from './jobs'

/** Short where a test waits for it, long where a test must not be overtaken. */
const testLimits: WorkerLimits = {
  lease: { ttlMs: 30_000, renewEveryMs: 10_000 },
  questionMs: 20_000,
  readyMs: 20_000,
  attempts: 3,
  backOffMs: 20,
  reattachMs: 20,
  unknownDeadlineMs: 3_600_000,
  stuckAfterMs: 10_000,
  announceEveryMs: 10,
  messageLostMs: 60_000,
  planGivenUpMs: 60_000,
  hookSeconds: 600,
  offlineSeconds: 60,
  probeIntervalMs: 86_400_000,
  // Nobody watches unless a test asks for it.
  watch: { everyMs: 60_000, maxHosts: 0, claimMs: 30_000, backOffMs: 20, longestBackOffMs: 200 },
}

function given(stage: JobStage, client: AgentClient, limits: Partial<WorkerLimits>) {
  const holder = newHolderId()
  return {
    db: stage.db,
    pg: stage.pg,
    actor: { kind: 'worker' as const, id: holder },
    store: createPostgresStore(stage.pg),
    client,
    loadTarget: async (hostId: string) => {
      const host = await stage.db.host.findUniqueOrThrow({ where: { id: hostId } })
      const { name, address, port, username } = host
      return { hostId, name, address, port, username, privateKey: '', trustedKeys: [] }
    },
    holder,
    pool: '',
    limits: { ...testLimits, ...limits },
    log: () => {},
  }
}

/** A worker's context without its process: a test calls the tasks itself, in the order it wants. */
export function workerContext(
  stage: JobStage,
  client: AgentClient,
  limits: Partial<WorkerLimits> = {},
): WorkerContext & { drain: AbortController; halt: AbortController } {
  const drain = new AbortController()
  const halt = new AbortController()
  const own = given(stage, client, limits)
  const context = {
    ...own,
    records: createPostgresRecords(own),
    draining: drain.signal,
    stopping: halt.signal,
  }
  return { ...context, watched: new Map(), noteSample: () => {}, drain, halt }
}

/** A whole worker: queue, sweep and all. */
export function startTestWorker(
  stage: JobStage,
  client: AgentClient,
  limits: Partial<WorkerLimits> = {},
  pool = '',
) {
  return startWorker({
    ...given(stage, client, limits),
    pool,
    databaseUrl: stage.url,
    concurrency: 4,
    sweepEveryMs: 100,
  })
}
