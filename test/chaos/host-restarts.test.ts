import { expect, it } from 'vitest'
import { STEPS } from '@/agents/protocol'
import { daxctlDevice, meminfo } from '@/test/support/guest-memory'
import { describeWithGuests, useGuest } from '@/test/support/guests'
import { Operator } from '@/test/support/operator'
import { useProduct } from '@/test/support/product'
import { journalOnGuest, resetDevice } from '@/test/support/settled'
import { arm, type Point, record } from '@/test/support/trapdoor'
import { pointsToTry } from './scale'

const AN_HOUR = 3_600_000

/** The first thing the agent does in each of its steps, as recorded. */
function firstOfEachStep(points: readonly Point[]): Point[] {
  return STEPS.flatMap((step) => {
    const found = points.find(({ label }) => new RegExp(`jsonl (step ${step}|intent ${step}) ?`).test(label))
    return found === undefined ? [] : [found]
  })
}

describeWithGuests('a host that loses power', () => {
  const guest = useGuest({ name: 'restarted' })
  const product = useProduct({ env: { HOST_LEASE_SECONDS: '5' } })
  const operator = new Operator(product)

  it(
    'at any step ends its job with the truth of the new start',
    async () => {
      let host = await operator.enrol(guest())
      const plan = await operator.plan(host, 'dax0.0')
      const before = await meminfo(guest())
      const recorded = await record(guest(), async () => {
        await operator.ended(await operator.start(plan))
      })
      await resetDevice(guest())
      const steps = firstOfEachStep(recorded)
      expect(steps.length).toBeGreaterThanOrEqual(7)
      const points = pointsToTry(steps, ({ label }) => /preflight|unbind|online/.test(label))

      for (const [index, at] of points.entries()) {
        const isReset = index % 2 === 0
        console.log(`${isReset ? 'reset' : 'power off'} after ${at.label}`)
        const approved = await operator.plan(host, 'dax0.0')
        const trap = await arm(guest(), {
          at,
          when: 'after',
          action: { host: isReset ? 'reset' : 'power off' },
        })
        const jobId = await operator.start(approved)
        await trap.fired
        if (!isReset) await guest().powerOn()
        const job = await operator.ended(jobId)

        // The kernel came back without the conversion, and nothing claims otherwise.
        expect(await daxctlDevice(guest())).toMatchObject({ mode: 'devdax' })
        expect(['failed', 'refused'], `${at.label}: ${job.state} ${job.message}`).toContain(job.state)
        const outcome = (await journalOnGuest(guest(), jobId)).find((line) => line.kind === 'outcome')
        if (outcome?.kind === 'outcome') expect(outcome.outcome).not.toBe('converted')
        host = await operator.ready(host.id)
        expect(host.memTotalBytes).toBe((await meminfo(guest())).MemTotal)
        expect(host.memTotalBytes).toBe(before.MemTotal)
      }
    },
    AN_HOUR,
  )
})
