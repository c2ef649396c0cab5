import { expect, it } from 'vitest'
import { Checkpoints } from '@/test/support/checkpoints'
import { describeWithGuests, useGuest } from '@/test/support/guests'
import { Operator } from '@/test/support/operator'
import { OwnPostgres } from '@/test/support/own-postgres'
import { useProduct } from '@/test/support/product'
import { expectTruth, resetDevice } from '@/test/support/settled'
import { pointsToTry } from './scale'

const AN_HOUR = 3_600_000

describeWithGuests('kill -9 of Postgres', () => {
  const guest = useGuest({ name: 'forgetful' })
  let postgres: OwnPostgres
  const product = useProduct({
    env: { HOST_LEASE_SECONDS: '5' },
    database: async () => {
      postgres = await OwnPostgres.start()
      return postgres.database
    },
  })
  const operator = new Operator(product)

  it(
    'at every step that is written down loses nothing, and the outcome is what the kernel reads',
    async () => {
      let host = await operator.enrol(guest())
      let checkpoints = await Checkpoints.install(product().databaseUrl)
      const undisturbed = await operator.convert(host, 'dax0.0')
      expect(undisturbed.state, undisturbed.message).toBe('converted')
      await resetDevice(guest())
      const all = await checkpoints.passed(undisturbed.id)
      const points = pointsToTry(all, (point) => /^state|intent (unbind|bind|online)/.test(point))

      for (const point of points) {
        console.log(point)
        const plan = await operator.plan(host, 'dax0.0')
        await checkpoints.arm(point)
        const jobId = await operator.start(plan)
        expect(await checkpoints.reached(), point).toBe(true)
        await postgres.kill()
        await checkpoints.close()
        await postgres.startAgain()
        checkpoints = await Checkpoints.install(product().databaseUrl)
        await checkpoints.disarm()
        const job = await operator.ended(jobId)
        await expectTruth(guest(), job)
        expect(['converted', 'cancelled'], `${point}: ${job.message}`).toContain(job.state)
        // The worker lived through it: nothing but the database was killed.
        expect(product().workers.filter((worker) => worker.runs)).toHaveLength(1)
        await resetDevice(guest())
        host = await operator.ready(host.id)
      }
      await checkpoints.close()
    },
    AN_HOUR,
  )
})
