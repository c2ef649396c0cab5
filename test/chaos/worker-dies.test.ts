import { afterAll, beforeAll, expect, it } from 'vitest'
import { Checkpoints } from '@/test/support/checkpoints'
import { describeWithGuests, useGuest } from '@/test/support/guests'
import { Operator } from '@/test/support/operator'
import { useProduct } from '@/test/support/product'
import { expectTruth, resetDevice } from '@/test/support/settled'
import { pointsToTry } from './scale'

const AN_HOUR = 3_600_000

describeWithGuests('kill -9 of the worker', () => {
  const guest = useGuest({ name: 'orphan' })
  const product = useProduct({ env: { HOST_LEASE_SECONDS: '5' } })
  const operator = new Operator(product)
  let checkpoints: Checkpoints
  beforeAll(async () => {
    checkpoints = await Checkpoints.install(product().databaseUrl)
  })
  afterAll(() => checkpoints?.close())

  it(
    'at every step it writes down is taken up by another, and the outcome is what the kernel reads',
    async () => {
      let host = await operator.enrol(guest())
      const undisturbed = await operator.convert(host, 'dax0.0')
      expect(undisturbed.state, undisturbed.message).toBe('converted')
      await resetDevice(guest())
      const all = await checkpoints.passed(undisturbed.id)
      const points = pointsToTry(all, (point) => /^state|intent (unbind|bind|online)/.test(point))
      // The steps are the product's own: whatever it writes down one day is a point by itself.
      expect(points).toEqual(expect.arrayContaining(['state dispatching', 'state acting']))

      for (const [index, point] of points.entries()) {
        const fate = index % 2 === 0 ? 'committed' : 'rolled back'
        const told = `${point}, ${fate}`
        console.log(told)
        const plan = await operator.plan(host, 'dax0.0')
        await checkpoints.arm(point)
        const jobId = await operator.start(plan)
        expect(await checkpoints.reached(), told).toBe(true)
        await product().workers.at(-1)?.kill()
        await checkpoints.letGo(fate)
        await product().addWorker()
        const job = await operator.ended(jobId)
        await expectTruth(guest(), job)
        // Killed by the host's side of the story or not begun: nothing else may keep it from its end.
        expect(['converted', 'cancelled'], `${told}: ${job.message}`).toContain(job.state)
        await resetDevice(guest())
        host = await operator.ready(host.id)
      }
    },
    AN_HOUR,
  )
})
