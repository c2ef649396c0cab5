import { setTimeout as pause } from 'node:timers/promises'
import { afterAll, expect, it } from 'vitest'
import { createPool } from '@/server/lib/pg'
import { daxctlDevice } from '@/test/support/guest-memory'
import { describeWithGuests, useGuest } from '@/test/support/guests'
import { Operator } from '@/test/support/operator'
import { OwnPostgres } from '@/test/support/own-postgres'
import { useProduct } from '@/test/support/product'
import { Relay } from '@/test/support/relay'
import { expectTruth, resetDevice } from '@/test/support/settled'
import { seeds } from './scale'
import { type Blow, type BlowKind, scheduleOf } from './schedule'

const TEN_MINUTES = 600_000
/** Agents are known by their file: its name is the SHA-256 of its bytes. */
const killAgents = (which: 'all' | 'newest') => `pids=
for dir in /proc/[0-9]*; do
  case $(readlink $dir/exe) in */daxfleet/*) pids="\${dir#/proc/} $pids";; esac
done
pids=$(echo $pids | tr ' ' '\\n' | sort -rn)
for pid in $pids; do kill -9 $pid; ${which === 'newest' ? 'break' : ':'}; done`

/** The schedules whose seed leaves `rest` when halved: two files share them, so that two guests go through them. */
export function describeSchedules(rest: 0 | 1): void {
  // By itself, so that a file is no empty one when a single seed was asked for.
  it('draws the same schedule from the same seed', () => {
    expect(scheduleOf(rest)).toEqual(scheduleOf(rest))
    expect(scheduleOf(rest)).not.toEqual(scheduleOf(rest + 2))
  })
  const mine = seeds.filter((seed) => seed % 2 === rest)
  if (mine.length > 0) {
    describeWithGuests('whatever is cut, killed and restarted, a conversion tells the truth in the end', () =>
      useSchedules(mine),
    )
  }
}

function useSchedules(mine: number[]): void {
  const guest = useGuest({ name: 'chaos' })
  let postgres: OwnPostgres
  let relay: Relay | undefined
  const product = useProduct({
    env: { HOST_LEASE_SECONDS: '5', SSH_CONNECT_SECONDS: '20', SSH_COMMAND_SECONDS: '30' },
    database: async () => {
      postgres = await OwnPostgres.start()
      return postgres.database
    },
  })
  const operator = new Operator(product)
  let hostId: string | undefined
  afterAll(() => relay?.stop())

  it.each(mine)(
    'seed %i',
    async (seed) => {
      const blows = scheduleOf(seed)
      console.log(`seed ${seed}: ${blows.map(tell).join('; ')} (CHAOS_SEED=${seed} npm run test:chaos)`)
      relay ??= await Relay.to(guest().ssh.port)
      hostId ??= (await operator.enrol(guest(), 'root', relay.port)).id
      const jobId = await operator.start(await operator.plan(await operator.ready(hostId), 'dax0.0'))
      for (const blow of blows) {
        await untilLine(jobId, blow.atLine)
        await strike(blow, jobId)
      }
      const job = await operator.ended(jobId)
      const bootId = (await guest().text(['cat', '/proc/sys/kernel/random/boot_id'])).trim()
      // An outcome is a fact about one boot: what another start of the host made of the device is no lie of the job's.
      if (job.bootId === bootId) await expectTruth(guest(), job)
      else expect(await daxctlDevice(guest())).toMatchObject({ mode: 'devdax' })
      await operator.ready(hostId)
      await resetDevice(guest())
    },
    TEN_MINUTES,
  )

  const tell = ({ kind, atLine, forMs }: Blow) => `${kind} at line ${atLine} for ${forMs} ms`

  /** Lines are counted over a connection of its own: Postgres may be gone, the host silent, the job ended. */
  async function untilLine(jobId: string, line: number): Promise<void> {
    const pool = createPool(product().databaseUrl, 1)
    const until = performance.now() + 20_000
    try {
      for (;;) {
        const { rows } = await pool.query<{ lines: number; ended: boolean }>(
          `SELECT "endedAt" IS NOT NULL AS ended,
             (SELECT count(*)::int FROM "JobLine" WHERE "jobId" = id) AS lines FROM "Job" WHERE id = $1`,
          [jobId],
        )
        const reached = rows[0] === undefined || rows[0].ended || rows[0].lines >= line
        if (reached || performance.now() > until) return
        await pause(2)
      }
    } finally {
      await pool.end()
    }
  }

  async function strike({ kind, forMs }: Blow, jobId: string): Promise<void> {
    const net = relay
    if (net === undefined) throw new Error('There is no network.')
    const during = async (spoil: () => unknown, mend: () => Promise<unknown>) => {
      await spoil()
      await pause(forMs)
      await mend()
    }
    const ways: Record<BlowKind, () => Promise<void>> = {
      'kill the worker': () =>
        during(
          () => product().workers.at(-1)?.kill(),
          () => product().addWorker(),
        ),
      'kill Postgres': () =>
        during(
          () => postgres.kill(),
          () => postgres.startAgain(),
        ),
      'kill every agent': async () => void (await guest().run(['sh', '-c', killAgents('all')])),
      'kill the newest agent': async () => void (await guest().run(['sh', '-c', killAgents('newest')])),
      'cut the network': async () => net.cut(),
      'refuse connections': () =>
        during(
          () => {
            net.refuse()
            net.cut()
          },
          () => net.pass(),
        ),
      'carry nothing': () =>
        during(
          () => net.blackhole(),
          () => net.pass(),
        ),
      'carry slowly': () =>
        during(
          () => net.slow(2_000),
          () => net.pass(),
        ),
      'ask to stop': async () => void (await product().caller.jobs.cancel({ jobId })),
      'reset the host': async () => {
        await guest().kill()
        await guest().powerOn()
      },
      'take power away': () =>
        during(
          () => guest().kill(),
          () => guest().powerOn(),
        ),
    }
    await ways[kind]()
  }
}
