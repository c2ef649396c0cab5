import { createAgentClient } from '@/server/agents/client'
import { beginChains } from '@/server/audit/begin-chains'
import { loadTarget } from '@/server/hosts/load-target'
import { createPostgresStore } from '@/server/jobs/postgres-store'
import { config } from '@/server/lib/config'
import { databaseUrl } from '@/server/lib/database-url'
import { db } from '@/server/lib/db'
import { newHolderId } from '@/server/lib/ids'
import { pool } from '@/server/lib/pg'
import { parsePool } from '@/server/pools/selector'
import { registerPool } from '@/server/pools/served'
import { noteAgentPath } from '@/server/privileges/releases'
import { SshPool } from '@/server/ssh/pool'
import { keepCheckpoints } from './keep-checkpoints'
import { keepHeapSmall } from './keep-heap-small'
import { keepHeartbeat } from './keep-heartbeat'
import { workerLimits } from './limits'
import { createLog, textOf } from './log'
import { uploadedAgents } from './uploaded-agents'
import { startWorker } from './worker'

/** A connection to a host that nobody used for so long is closed. */
const idleConnectionMs = 60_000
/** The agent says `waiting` about every second while it works: ten of those missed is silence. */
const silenceMs = 15_000

async function main(): Promise<void> {
  keepHeapSmall()
  const settings = config()
  const log = createLog(settings.logLevel)
  const holder = newHolderId()
  const agents = uploadedAgents(pool(), settings, log)
  const client = createAgentClient({
    pool: new SshPool({ connectMs: settings.sshConnectSeconds * 1000, idleMs: idleConnectionMs }),
    binaries: async (arch) => (await agents())[arch] ?? null,
    notePath: (hostId, path) =>
      noteAgentPath(pool(), hostId, path).catch((error: unknown) =>
        log('warn', 'where the agent lies is not noted', { hostId, why: textOf(error) }),
      ),
    answerMs: settings.sshCommandSeconds * 1000,
    silenceMs,
  })
  await beginChains(pool())
  // One that is built later is uploaded as well: what is missing is said when a host needs it.
  await agents().catch((error: unknown) =>
    log('warn', 'there is no agent to upload yet', { why: textOf(error) }),
  )
  const hosts = parsePool(settings.workerSelector ?? '')
  await registerPool(pool(), hosts)
  const heartbeat = keepHeartbeat(pool(), { holder, pool: hosts.selector }, log)
  const checkpoints = keepCheckpoints(pool(), settings, log)
  const starting = startWorker({
    db: db(),
    pg: pool(),
    actor: { kind: 'worker', id: holder },
    store: createPostgresStore(pool()),
    client,
    loadTarget: (hostId) => loadTarget({ pg: pool() }, hostId),
    holder,
    pool: hosts.selector,
    limits: workerLimits(settings),
    log,
    databaseUrl: databaseUrl(settings),
    concurrency: settings.workerConcurrency,
    // A lease that ran out is seen within a third of its time.
    sweepEveryMs: Math.min(10_000, (settings.hostLeaseSeconds * 1000) / 3),
  })

  let ending = false
  const end = async (why: string) => {
    if (ending) return
    ending = true
    log('info', 'the worker is ending', { why })
    await checkpoints.stop()
    await heartbeat.stop()
    const worker = await starting
    // Whoever asked us to end waits SHUTDOWN_SECONDS: what is left of it after the jobs is for saying goodbye.
    await worker.stop(settings.shutdownSeconds * 700)
    await client.close()
    await db().$disconnect()
    await pool().end()
    process.exit(0)
  }
  // Before anybody is told that we are ready: a signal that comes with the answer must find its handler.
  endOnSignals((why) => void end(why).catch(fail))
  await starting
  log('info', 'the worker takes work', {
    holder,
    ...(hosts.selector === '' ? {} : { hosts: hosts.selector }),
  })
  process.send?.('ready')
}

function endOnSignals(end: (why: string) => void): void {
  process.on('SIGTERM', () => end('SIGTERM'))
  process.on('SIGINT', () => end('SIGINT'))
  if (process.env.DAXFLEET_PARENT_PIPE !== '1') return
  // Standard input is a pipe from whoever started us: when that process dies, however it dies, the pipe closes.
  process.stdin.on('end', () => end('the parent is gone'))
  process.stdin.on('error', () => end('the parent is gone'))
  process.stdin.resume()
}

function fail(error: unknown): never {
  process.stderr.write(`The worker cannot go on: ${textOf(error)}\n`)
  process.exit(1)
}

main().catch(fail)
