import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { describe, expect, it } from 'vitest'
import type { SimulatedHost } from '@/scripts/lab/simulated/lab'
import { runOrThrow } from '@/scripts/lib/child'
import { forgetConfig } from '@/server/lib/config'
import { createTestStage } from '@/test/support/caller'
import { createEmptyDatabase } from '@/test/support/database'
import { Operator } from '@/test/support/operator'
import { useProduct } from '@/test/support/product'
import { useSimulatedLab } from '@/test/support/simulated-lab'

const FIVE_MINUTES = 300_000

/** An npm script as an operator runs it, in the environment of this process. */
const npmRun = (script: string, ...args: string[]) =>
  runOrThrow('npm', ['run', '--silent', script, '--', ...args], { timeoutMs: 120_000 })
const driversOf = ({ machine }: SimulatedHost) => machine.machine.bus.devices.map(({ driver }) => driver)

describe('a backup restored into a clean folder', () => {
  const lab = useSimulatedLab({ count: 4, faults: 0, seed: 'four that outlive a server' })
  const product = useProduct()

  it(
    'has hosts that ask to be adopted, and acts on one again once it is',
    async () => {
      const folder = await mkdtemp(path.join(tmpdir(), 'daxfleet restored '))
      const before = new Operator(product)
      const twoDevices = lab().lab.hosts.filter((host) => driversOf(host).length > 1)
      const [actedOn, untouched] = twoDevices
      if (actedOn === undefined || untouched === undefined)
        throw new Error('Two hosts have two devices each.')
      const known = await before.enrolAt(lab().reach(actedOn))
      const other = await before.enrolAt(lab().reach(untouched))
      expect((await before.convert(known, 'dax0.0', 'policy')).state).toBe('converted')
      const file = path.join(folder, 'all.backup')
      await npmRun('backup', file)
      const key = path.join(process.env.DATA_DIR ?? '', 'keys', 'backup-key')
      await Promise.all(product().workers.map((worker) => worker.stop()))

      const database = await createEmptyDatabase()
      const stage = await createTestStage(database)
      process.env.DATA_DIR = path.join(folder, 'clean')
      process.env.DATABASE_URL = database.url
      forgetConfig()
      try {
        await npmRun('restore', file, key)
        const worker = await product().addWorker()
        const after = new Operator(() => ({ ...product(), caller: stage.caller, databaseUrl: database.url }))
        try {
          const asks = await after.host(known.id, 'it asks to be adopted', ({ state }) => state === 'foreign')
          expect(asks.installationId).not.toBe(known.installationId)
          expect(asks.foreignToken).toMatchObject({ installationId: known.installationId })
          await expect(after.plan(asks, 'dax1.0', 'policy')).rejects.toThrow(known.installationId)
          // Nobody ever acted on the other one: it has no record that could ask.
          expect(await after.ready(other.id)).toMatchObject({ state: 'ready', foreignToken: null })

          if (asks.foreignToken === null) throw new Error('The host does not say whose it is.')
          await stage.caller.hosts.adopt({ hostId: known.id, from: asks.foreignToken })
          const adopted = await after.host(known.id, 'it is adopted', ({ state }) => state === 'ready')
          expect(adopted.foreignToken).toBeNull()
          expect(adopted.inspectedAt?.getTime()).toBeGreaterThan(known.inspectedAt?.getTime() ?? Infinity)
          expect(adopted.devices.find(({ daxName }) => daxName === 'dax0.0')?.state).toBe('system_ram')
          const job = await after.convert(adopted, 'dax1.0', 'policy')
          expect(job.state, job.message).toBe('converted')
          expect(driversOf(actedOn).slice(0, 2)).toEqual(['kmem', 'kmem'])
        } finally {
          await worker.stop()
        }
      } finally {
        await stage.close()
        await rm(folder, { recursive: true, force: true })
      }
    },
    FIVE_MINUTES,
  )
})
