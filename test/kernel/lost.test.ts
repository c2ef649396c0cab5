import { afterAll, expect, it } from 'vitest'
import { daxctlDevice } from '@/test/support/guest-memory'
import { describeWithGuests, useGuest } from '@/test/support/guests'
import { Operator } from '@/test/support/operator'
import { showWorkerOnFailure, useProduct } from '@/test/support/product'
import { Relay } from '@/test/support/relay'
import { resetDevice } from '@/test/support/settled'
import { arm, type Point } from '@/test/support/trapdoor'

const CLAIM: Point = { label: 'write write /sys/bus/dax/drivers/kmem/new_id dax0.0', nth: 1 }
const killAgents = `for dir in /proc/[0-9]*; do
  case $(readlink $dir/exe) in */.daxfleet/agent-*) kill -9 \${dir#/proc/};; esac
done`

describeWithGuests('a job that is given up as lost', () => {
  const guest = useGuest({ name: 'lost' })
  const product = useProduct({ env: { HOST_LEASE_SECONDS: '5', UNKNOWN_DEADLINE_SECONDS: '10' } })
  const operator = new Operator(product)
  let relay: Relay | undefined
  afterAll(() => relay?.stop())

  it('leaves no id in kmem’s list once its host may be trusted again', async () => {
    showWorkerOnFailure(product())
    const line = await Relay.to(guest().ssh.port)
    relay = line
    const host = await operator.enrol(guest(), 'root', line.port)
    const plan = await operator.plan(host, 'dax0.0')
    // The id is listed; then nobody can be reached, and nobody is left to take it off.
    const trap = await arm(guest(), {
      at: CLAIM,
      when: 'after',
      action: async () => {
        line.refuse()
        line.cut()
        await guest().text(['sh', '-c', killAgents])
      },
    })
    const jobId = await operator.start(plan)
    await trap.fired
    await trap.disarm()
    const job = await operator.ended(jobId)
    expect(job.state, job.message).toBe('lost')
    await line.pass()
    await operator.ready(host.id)
    expect(await daxctlDevice(guest())).toMatchObject({ mode: 'devdax' })
    // Fails when kmem takes the device by an id that was left.
    await resetDevice(guest())
  })
})
