import { afterAll, afterEach, beforeAll, expect, it } from 'vitest'
import { runOrThrow } from '@/scripts/lib/child'
import type { HostDetail } from '@/server/hosts/schemas/detail'
import type { JobDetail } from '@/server/jobs/schema'
import { createPool } from '@/server/lib/pg'
import { type Backup, takeBackup } from '@/test/support/backup'
import { blocks, daxctlDevice, daxctlList, meminfo } from '@/test/support/guest-memory'
import { describeWithGuests, useGuest } from '@/test/support/guests'
import { Operator } from '@/test/support/operator'
import { eventually, showWorkerOnFailure, useProduct } from '@/test/support/product'
import { expectTruth, journalOnGuest, resetDevice } from '@/test/support/settled'
import { arm, type Point } from '@/test/support/trapdoor'

const oneModule = { sizeMib: 512, namespace: 'devdax' as const }
const NAMES = ['dax0.0', 'dax1.0'] as const
const UNBIND: Point = { label: 'write write /sys/bus/dax/drivers/device_dax/unbind dax0.0', nth: 1 }

/** A line for each agent that acts: the one that was started to, and not its children. */
const ACTORS = `for dir in /proc/[0-9]*; do
  case $(readlink $dir/exe) in
    */.daxfleet/agent-*) tr '\\0' ' ' < $dir/cmdline | grep -E '^[^ ]+ act ' || true;;
  esac
done`

describeWithGuests('a host that more than one hand reaches for', () => {
  const guest = useGuest({ name: 'shared', nvdimms: [oneModule, oneModule] })
  const product = useProduct({ env: { HOST_LEASE_SECONDS: '5', WATCH_SECONDS: '5' } })
  const operator = new Operator(product)
  let sql: ReturnType<typeof createPool>
  beforeAll(() => {
    sql = createPool(product().databaseUrl, 1)
  })
  afterAll(() => sql?.end())
  afterEach(async () => {
    for (const { chardev } of await daxctlList(guest())) await resetDevice(guest(), chardev)
  })

  const sh = (script: string) => guest().text(['sh', '-c', script])
  const ready = async () => {
    const { hosts } = await product().caller.hosts.list({ query: guest().name })
    const id = hosts[0]?.id
    showWorkerOnFailure(product())
    return id === undefined ? operator.enrol(guest()) : operator.ready(id)
  }
  const plansFor = async (host: HostDetail) => ({
    first: await operator.plan(host, NAMES[0]),
    second: await operator.plan(host, NAMES[1]),
  })
  const device = (host: HostDetail, name: string) => host.devices.find(({ daxName }) => daxName === name)
  /** From the first to the last line the host wrote of a job, on the host's own clock. */
  const spanOf = async (job: JobDetail) => {
    const uptimes = (await journalOnGuest(guest(), job.id)).map(({ uptimeMs }) => BigInt(uptimeMs))
    return { from: uptimes[0] ?? 0n, to: uptimes.at(-1) ?? 0n }
  }
  const tokenOnGuest = async (): Promise<{ installationId: string; epoch: string }> =>
    JSON.parse(await sh('cat /var/lib/daxfleet/token.json'))

  it('is converted by two workers at once, one device after the other', async () => {
    await product().addWorker()
    const host = await ready()
    const before = await meminfo(guest())
    const { first, second } = await plansFor(host)
    const ids = await Promise.all([operator.start(first), operator.start(second)])
    const jobs = await Promise.all(ids.map((id) => operator.ended(id)))
    for (const job of jobs) {
      expect(job.state, job.message).toBe('converted')
      await expectTruth(guest(), job)
    }
    const [early, late] = (await Promise.all(jobs.map(spanOf))).toSorted((a, b) => Number(a.from - b.from))
    expect(late?.from).toBeGreaterThan(early?.to ?? 0n)
    expect((await meminfo(guest())).MemTotal - before.MemTotal).toBe(2n * 384n * 1024n * 1024n)
  })

  it('has one agent acting at most, and the other worker goes on where the first is killed', async () => {
    const { first, second } = await plansFor(await ready())
    const other: { jobId: string } = { jobId: '' }
    const trap = await arm(guest(), {
      at: UNBIND,
      when: 'after',
      action: async () => {
        other.jobId = await operator.start(second)
        await eventually(
          () => 'a worker was woken for the second device and went away again',
          async () => {
            const { rows } = await sql.query('SELECT 1 FROM graphile_worker.jobs WHERE key = $1', [
              `run-job:${other.jobId}`,
            ])
            return rows.length === 0 ? true : undefined
          },
        )
        expect((await sh(ACTORS)).trim().split('\n')).toHaveLength(1)
        expect((await product().caller.jobs.get({ jobId: other.jobId })).state).toBe('queued')
        expect(await journalOnGuest(guest(), other.jobId)).toEqual([])
        const { rows } = await sql.query<{ holder: string }>('SELECT holder FROM "HostLease"')
        const killed = product().workers.find(({ holder }) => holder === rows[0]?.holder)
        if (killed === undefined) throw new Error(`Nobody is ${rows[0]?.holder}.`)
        await killed.kill()
      },
    })
    const jobId = await operator.start(first)
    await trap.fired
    await trap.disarm()
    const [one, two] = [await operator.ended(jobId), await operator.ended(other.jobId)]
    for (const job of [one, two]) {
      expect(job.state, job.message).toBe('converted')
      await expectTruth(guest(), job)
    }
    expect((await spanOf(two)).from).toBeGreaterThan((await spanOf(one)).to)
    expect(product().workers.filter((worker) => worker.runs)).toHaveLength(1)
  })

  it('is read anew, unasked, when root does something to its memory by hand', async () => {
    const { id } = await ready()
    await operator.host(id, 'it is watched', ({ lastSampleAt }) => lastSampleAt !== null)
    await guest().text(['daxctl', 'reconfigure-device', '-m', 'system-ram', 'dax0.0'], { timeoutMs: 120_000 })
    // daxctl leaves the device's id in kmem's list.
    await sh('echo dax0.0 > /sys/bus/dax/drivers/kmem/remove_id')
    const seen = await operator.host(
      id,
      'its device shows as system RAM',
      (host) => device(host, 'dax0.0')?.state === 'system_ram',
    )
    const { target_node, total_memblocks } = await daxctlDevice(guest(), 'dax0.0')
    expect(device(seen, 'dax0.0')).toMatchObject({ driver: 'kmem', targetNode: target_node })

    const [block] = (await blocks(guest())).filter(({ node }) => node === target_node)
    await sh(`echo offline > /sys/devices/system/memory/memory${block?.number}/state`)
    const { MemTotal } = await meminfo(guest())
    await operator.host(
      id,
      'a block of it shows as offline, and the memory without it',
      (host) => device(host, 'dax0.0')?.state === 'partial' && host.memTotalBytes === MemTotal,
    )
    expect(await daxctlDevice(guest(), 'dax0.0')).toMatchObject({
      online_memblocks: (total_memblocks ?? 0) - 1,
    })
  })

  it('is read anew, unasked, when it restarted', async () => {
    const { id, bootId } = await ready()
    await operator.host(id, 'it is watched', ({ lastSampleAt }) => lastSampleAt !== null)
    await guest().reboot()
    const seen = await operator.host(
      id,
      'it shows its new start',
      (host) => host.state === 'ready' && host.bootId !== bootId,
    )
    expect(seen.bootId).toBe((await sh('cat /proc/sys/kernel/random/boot_id')).trim())
    expect(seen.memTotalBytes).toBe((await meminfo(guest())).MemTotal)
  })

  it('refuses a restored backup, which is told what to do, and is converted once it is adopted', async () => {
    await ready()
    const backup = await takeBackup(product().databaseUrl)
    await otherHostsAreActedOn()
    const lost = await operator.convert(await operator.enrolled(guest()), 'dax0.0')
    expect(lost.state, lost.message).toBe('converted')
    await resetDevice(guest())
    const { epoch } = await tokenOnGuest()
    await putInPlace(backup)
    await product().addWorker()

    const known = await operator.enrolled(guest())
    // Who is first: the agent, which refuses the token, or the watch, whose probe sees it and lets nothing begin.
    const refused = await operator
      .plan(known, 'dax0.0')
      .then((plan) => operator.start(plan))
      .then(
        (jobId) => operator.ended(jobId),
        (error: unknown) => ({ state: 'refused', writes: [], message: String(error), next: String(error) }),
      )
    expect(refused).toMatchObject({ state: 'refused', writes: [] })
    expect(refused.message).toContain(`epoch ${epoch}`)
    expect(refused.next).toContain('npm run new-installation')
    expect(await daxctlDevice(guest(), 'dax0.0')).toMatchObject({ mode: 'devdax' })
    expect(await tokenOnGuest()).toMatchObject({ epoch })

    const late = await operator.host(known.id, 'it says so itself', ({ state }) => state === 'foreign')
    expect(late.stateMessage).toContain('an older copy')
    expect(late.stateNext).toContain('npm run new-installation')
    await expect(operator.plan(late, 'dax0.0')).rejects.toThrow(/older copy/)

    const adopted = await renewedAndAdopted(known.id)
    const job = await operator.convert(adopted, 'dax0.0')
    expect(job.state, job.message).toBe('converted')
    await expectTruth(guest(), job)
  })

  it('tells a restored backup from its journal what became of the job that ran in it', async () => {
    let backup: Backup | undefined
    const { first, second } = await plansFor(await ready())
    const trap = await arm(guest(), {
      at: UNBIND,
      when: 'after',
      action: async () => {
        backup = await takeBackup(product().databaseUrl)
      },
    })
    const jobId = await operator.start(first)
    await trap.fired
    await trap.disarm()
    expect((await operator.ended(jobId)).state).toBe('converted')
    await otherHostsAreActedOn()
    expect((await operator.ended(await operator.start(second))).state).toBe('converted')
    const journal = await journalOnGuest(guest(), jobId)
    await putInPlace(backup)
    expect((await product().caller.jobs.get({ jobId })).state).toBe('acting')

    await product().addWorker()
    const settled = await operator.ended(jobId)
    expect(settled.state, settled.message).toBe('converted')
    await expectTruth(guest(), settled)
    expect(await journalOnGuest(guest(), jobId)).toEqual(journal)

    const { id } = await operator.enrolled(guest())
    await operator.host(id, 'it is foreign', (host) => host.state === 'foreign')
    const adopted = await renewedAndAdopted(id)
    // The backup knew nothing of this one.
    expect(device(adopted, 'dax1.0')).toMatchObject({ state: 'system_ram' })
  })

  /** Epochs are the fleet's: each job on any host is one. */
  async function otherHostsAreActedOn(): Promise<void> {
    await sql.query(`SELECT setval('fencing_epoch', nextval('fencing_epoch') + 1000)`)
  }

  /** As an operator does it: with everything stopped. */
  async function putInPlace(backup: Backup | undefined): Promise<void> {
    await Promise.all(product().workers.map((worker) => worker.stop()))
    if (backup === undefined) throw new Error('There is no backup.')
    await backup.restore()
  }

  async function renewedAndAdopted(hostId: string): Promise<HostDetail> {
    const { installationId } = await product().caller.hosts.get({ hostId })
    await runOrThrow('npm', ['run', '--silent', 'new-installation'], { timeoutMs: 120_000 })
    const renewed = await operator.host(
      hostId,
      'it is another installation’s',
      (host) => host.state === 'foreign' && host.installationId !== installationId && !host.probing,
    )
    const from = renewed.foreignToken
    expect(from).toMatchObject({ installationId })
    if (from === null) throw new Error('The host does not say whose it is.')
    await product().caller.hosts.adopt({ hostId, from })
    const adopted = await operator.host(hostId, 'it is adopted', (host) => host.state === 'ready')
    expect(await tokenOnGuest()).toMatchObject({ installationId: adopted.installationId })
    return adopted
  }
})
