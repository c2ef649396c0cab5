import { expect, it } from 'vitest'
import { describeWithGuests, useGuest } from '@/test/support/guests'
import { Operator } from '@/test/support/operator'
import { useProduct } from '@/test/support/product'
import { expectTruth, resetDevice } from '@/test/support/settled'
import { arm, type Point, record, type TrapAction, type When } from '@/test/support/trapdoor'
import { pointsToTry } from './scale'

const TWO_HOURS = 7_200_000

/** Each point meets the next of these: over a run every kind of process dies at every kind of step. */
const deaths: { told: string; action: TrapAction }[] = [
  { told: 'whoever stands there', action: { signal: 'kill', whom: 'self' } },
  {
    told: 'the agent that answers, and whoever stands there',
    action: { signal: 'kill', whom: ['parent', 'self'] },
  },
  { told: 'the login session', action: { signal: 'kill', whom: 'session' } },
  { told: 'every agent', action: { signal: 'kill', whom: 'agents' } },
  { told: 'the agent that answers', action: { signal: 'kill', whom: 'parent' } },
]

/** What comes in every run: a tail that looks at the lock, or says something, does so when it happens to wake. */
function isSteady({ label }: Point): boolean {
  return !/^(attach|recover) |flock|\/run\/daxfleet\/lock| say\b/.test(label)
}

const nameOf = ({ label, nth }: Point) => `${label}#${nth}`

describeWithGuests('kill -9 on the host', () => {
  const guest = useGuest({ name: 'mortal' })
  const product = useProduct({ env: { HOST_LEASE_SECONDS: '5' } })
  const operator = new Operator(product)

  it(
    'of agent, child or session, at every step: nothing is done twice, nothing left half-done',
    async () => {
      let host = await operator.enrol(guest())
      const undisturbed = async () => {
        const plan = await operator.plan(host, 'dax0.0')
        const recorded = await record(guest(), async () => {
          const job = await operator.ended(await operator.start(plan))
          expect(job.state, job.message).toBe('converted')
        })
        await resetDevice(guest())
        return recorded.filter(isSteady)
      }
      // The steps are the agent's own: a write added one day is a point by itself.
      const steady = await undisturbed()
      // On a host that has been converted before, the agent finds its folders: what makes them is passed once.
      const usual = new Set((await undisturbed()).map(nameOf))
      const points = pointsToTry(
        steady,
        ({ label, nth }) =>
          /^write(-blocks)? write|jsonl (step verify started|outcome)/.test(label) && nth % 3 === 1,
      )
      for (const step of ['claim', 'unbind', 'bind', 'release', 'online', 'verify'])
        expect(steady.map(({ label }) => label).join('\n')).toContain(step)

      for (const [index, at] of points.entries()) {
        const death = deaths[index % deaths.length]
        if (death === undefined) throw new Error('No death.')
        const when: When = index % 2 === 0 ? 'before' : 'after'
        const told = `${when} ${nameOf(at)}: ${death.told}`
        console.log(told)
        if (!usual.has(nameOf(at))) await guest().text(['rm', '-rf', '/var/lib/daxfleet', '/run/daxfleet'])
        const plan = await operator.plan(host, 'dax0.0')
        const trap = await arm(guest(), { at, when, action: death.action })
        const job = await operator.ended(await operator.start(plan))
        expect(trap.reached(), `${told} was not reached`).toBe(true)
        await trap.disarm()
        await expectTruth(guest(), job)
        expect(['converted', 'cancelled', 'failed'], `${told}: ${job.message}`).toContain(job.state)
        await resetDevice(guest())
        host = await operator.ready(host.id)
      }
    },
    TWO_HOURS,
  )
})
