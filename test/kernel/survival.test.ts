import { afterEach, expect, it } from 'vitest'
import { blocks, daxctlDevice } from '@/test/support/guest-memory'
import { describeWithGuests, useGuest } from '@/test/support/guests'
import { squeezeMemory } from '@/test/support/memory-pressure'
import { Operator } from '@/test/support/operator'
import { eventually, useProduct } from '@/test/support/product'
import { expectTruth, resetDevice } from '@/test/support/settled'
import { arm, type Point, type TrapAction, type When } from '@/test/support/trapdoor'

const UNBIND: Point = { label: 'write write /sys/bus/dax/drivers/device_dax/unbind dax0.0', nth: 1 }
const BIND: Point = { label: 'write write /sys/bus/dax/drivers/kmem/bind dax0.0', nth: 1 }
const BLOCK: Point = {
  label: 'write-blocks write /sys/devices/system/memory/memory{n}/state online_movable',
  nth: 3,
}
const TOKEN = '/var/lib/daxfleet/token.json'
const FOREIGN = '{"installationId":"99999999-0000-4000-8000-000000000000","epoch":"7"}'

describeWithGuests('a conversion', () => {
  const guest = useGuest({ name: 'survivor' })
  const product = useProduct({ env: { HOST_LEASE_SECONDS: '5', STUCK_AFTER_SECONDS: '2' } })
  const operator = new Operator(product)
  const sh = (script: string) => guest().text(['sh', '-c', script])
  const enrolled = async () => {
    const { hosts } = await product().caller.hosts.list({ query: guest().name })
    const id = hosts[0]?.id
    return id === undefined ? operator.enrol(guest()) : operator.ready(id)
  }

  /** Approves a conversion whose agent meets the trap; gives the job's id once the trap was sprung. */
  async function trapped(at: Point, when: When, action: TrapAction) {
    const plan = await operator.plan(await enrolled(), 'dax0.0')
    const trap = await arm(guest(), { at, when, action })
    const jobId = await operator.start(plan)
    return { jobId, trap }
  }

  afterEach(() => resetDevice(guest()))

  it('that is stopped between unbind and bind goes back to device_dax', async () => {
    const { jobId, trap } = await trapped(UNBIND, 'after', async () => {
      const asked = await product().caller.jobs.cancel({ jobId: await newest() })
      expect(asked.type).toBe('requested')
      await eventually(
        () => 'the host knows that it is to stop',
        async () => ((await sh('ls /var/lib/daxfleet/jobs')).includes('.stop') ? true : undefined),
      )
    })
    const job = await operator.ended(jobId)
    await trap.disarm()
    expect(job.state, job.message).toBe('cancelled')
    expect(job.message).toContain('Stopped as asked')
    expect(await expectTruth(guest(), job)).toMatchObject({ mode: 'devdax' })
  })

  it('that is stopped among its blocks rests there, and says how far it came', async () => {
    const { jobId, trap } = await trapped(BLOCK, 'after', async () => {
      await product().caller.jobs.cancel({ jobId: await newest() })
      await eventually(
        () => 'the host knows that it is to stop',
        async () => ((await sh('ls /var/lib/daxfleet/jobs')).includes('.stop') ? true : undefined),
      )
    })
    const job = await operator.ended(jobId)
    await trap.disarm()
    expect(job.state, job.message).toBe('partial')
    const online = (await blocks(guest())).filter((block) => block.node === 1 && block.state === 'online')
    expect(online).toHaveLength(3)
    expect(job.onlineBytesAfter).toBe(3n * 128n * 1024n * 1024n)
    expect(await daxctlDevice(guest())).toMatchObject({ online_memblocks: 3, total_memblocks: 7 })
  })

  it('whose write sits in the kernel is shown as stuck, its host held, and ends by itself', async () => {
    const { jobId, trap } = await trapped(BIND, 'before', async () => {
      const job = await eventually(
        () => 'it is shown as stuck',
        async () => {
          const read = await product().caller.jobs.get({ jobId: await newest() })
          return read.stuck === null ? undefined : read
        },
      )
      expect(job.state).toBe('acting')
    })
    const job = await operator.ended(jobId)
    await trap.disarm()
    expect(job.state, job.message).toBe('converted')
    expect(job.stuck).toBeNull()
    await expectTruth(guest(), job)
  })

  it('is refused while too little memory is left for its page structures, and works afterwards', async () => {
    const host = await enrolled()
    const squeezed = await squeezeMemory(guest(), { leaveMib: 40 })
    try {
      const plan = await operator.plan(host, 'dax0.0')
      expect(plan.verdict).toBe('refused')
      expect(plan.refusals.map(({ code }) => code)).toContain('no_memmap_headroom')
    } finally {
      await squeezed.release()
    }
    expect((await operator.plan(host, 'dax0.0')).verdict).toBe('convertible')
  })

  it('is refused before its first write when memory ran out after the approval', async () => {
    const plan = await operator.plan(await enrolled(), 'dax0.0')
    const squeezed = await squeezeMemory(guest(), { leaveMib: 40 })
    try {
      const job = await operator.ended(await operator.start(plan))
      expect(job).toMatchObject({ state: 'refused', causeCode: 'no_memmap_headroom' })
      expect(job.writes).toEqual([])
      await expectTruth(guest(), job)
    } finally {
      await squeezed.release()
    }
  })

  it.each([
    ['another installation’s', FOREIGN],
    ['torn', FOREIGN.slice(0, 30)],
    ['empty', ''],
  ])('is refused while the host’s token is %s, until the host is adopted', async (_what, token) => {
    const before = await enrolled()
    const plan = await operator.plan(before, 'dax0.0')
    await guest().text(['sh', '-c', `cat > ${TOKEN}`], { stdin: token })
    const refused = await operator.ended(await operator.start(plan))
    expect(refused).toMatchObject({ state: 'refused', causeCode: 'other_installation' })
    const foreign = await operator.host(before.id, 'it is foreign', ({ state }) => state === 'foreign')
    expect(await daxctlDevice(guest())).toMatchObject({ mode: 'devdax' })

    if (foreign.foreignToken === null) throw new Error('The host does not say whose it is.')
    await product().caller.hosts.adopt({ hostId: before.id, from: foreign.foreignToken })
    const adopted = await operator.host(before.id, 'it is adopted', ({ state }) => state === 'ready')
    const job = await operator.convert(adopted, 'dax0.0')
    expect(job.state, job.message).toBe('converted')
  })

  it.each([
    [
      'a lock file that is a folder',
      'rm -f /run/daxfleet/lock; mkdir /run/daxfleet/lock',
      'rmdir /run/daxfleet/lock',
    ],
    [
      'a state folder that others may write to',
      'chmod 777 /var/lib/daxfleet/jobs',
      'chmod 700 /var/lib/daxfleet/jobs',
    ],
    [
      'a disk without space for the journal',
      'mount -t tmpfs -o size=8k,mode=700 tmpfs /var/lib/daxfleet/jobs',
      'umount /var/lib/daxfleet/jobs',
    ],
    [
      'a disk that is read-only',
      'mount --bind /var/lib/daxfleet /var/lib/daxfleet && mount -o remount,ro,bind /var/lib/daxfleet',
      'umount /var/lib/daxfleet',
    ],
  ])('is refused with nothing written for %s', async (_what, spoil, mend) => {
    const plan = await operator.plan(await enrolled(), 'dax0.0')
    await sh(spoil)
    try {
      const job = await operator.ended(await operator.start(plan))
      expect(['refused', 'failed'], job.message).toContain(job.state)
      expect(job.writes).toEqual([])
      expect(job.next).not.toBe('')
      expect(await daxctlDevice(guest())).toMatchObject({ mode: 'devdax' })
    } finally {
      await sh(mend)
    }
    const job = await operator.convert(await enrolled(), 'dax0.0')
    expect(job.state, job.message).toBe('converted')
  })

  async function newest(): Promise<string> {
    const { jobs } = await product().caller.jobs.list({})
    const id = jobs[0]?.id
    if (id === undefined) throw new Error('There is no job.')
    return id
  }
})
