import ssh2, { type Client } from 'ssh2'
import { describe, expect, it } from 'vitest'
import type { SimulatedHost } from '@/scripts/lab/simulated/lab'
import { addHostsLines } from '@/scripts/lab/simulated/lab'
import { lookCommand } from '@/server/agents/host-shell'
import { judge } from '@/server/imports/judge'
import { readList } from '@/server/imports/read-list'
import { Operator } from '@/test/support/operator'
import { useProduct } from '@/test/support/product'
import { useSimulatedLab } from '@/test/support/simulated-lab'

const FIVE_MINUTES = 300_000

/** Hosts whose first device can be converted, as far as its making tells. */
const isPlain = ({ machine }: SimulatedHost) => {
  const { spec } = machine.machine
  return spec.kmem === 'loaded' && spec.autoOnline === 'offline' && spec.devices[0]?.kind === 'pmem'
}

/** One command over plain SSH, apart from the product. */
async function ask(
  host: SimulatedHost,
  privateKey: string,
  command: string,
): Promise<{ status: number; stdout: string }> {
  const client = await new Promise<Client>((resolve, reject) => {
    const made = new ssh2.Client()
    made.on('error', reject).on('ready', () => resolve(made))
    made.connect({
      host: host.address,
      port: host.port,
      username: host.user,
      privateKey: privateKey,
      readyTimeout: 120_000,
    })
  })
  try {
    return await new Promise((resolve, reject) => {
      client.exec(command, (error, channel) => {
        if (error) return reject(error)
        let stdout = ''
        let status = -1
        channel.on('data', (chunk: Buffer) => {
          stdout += chunk.toString()
        })
        channel.stderr.resume()
        channel.on('exit', (code: number) => {
          status = code
        })
        channel.on('close', () => resolve({ status, stdout }))
      })
    })
  } finally {
    client.end()
  }
}

describe('simulated hosts', () => {
  const lab = useSimulatedLab({ count: 200, faults: 0.35, seed: 'two hundred' })
  const operator = new Operator(useProduct())

  /** Plans the first device, converts it, and waits for the end. */
  async function convertFirst(simulated: SimulatedHost) {
    const host = await operator.enrolAt(lab().reach(simulated))
    expect(host.state, host.stateMessage).toBe('ready')
    const device = simulated.machine.machine.bus.devices[0]
    return operator.convert(host, device?.name ?? '')
  }

  /** One of those that are as plain as can be, with more than two blocks; each test takes another. */
  const plain = (at: number): SimulatedHost => {
    const large = lab().lab.hosts.filter((host) => {
      const { spec } = host.machine.machine
      const ranges = spec.devices[0]?.ranges ?? []
      const bytes = ranges.reduce((sum, { start, end }) => sum + end - start, 0n)
      return host.fault === null && isPlain(host) && bytes > 4n * spec.blockSizeBytes
    })
    const found = large.filter((host) => host !== lab().find(null, isPlain))[at]
    if (found === undefined) throw new Error('The lab has too few plain hosts.')
    return found
  }

  describe('a simulated host and the real product', { timeout: FIVE_MINUTES }, () => {
    it('is enrolled, probed, planned and converted, to what its kernel then reads', async () => {
      const simulated = lab().find(null, isPlain)
      const { machine } = simulated.machine
      const host = await operator.enrolAt(lab().reach(simulated))
      expect(host.state, host.stateMessage).toBe('ready')
      expect(host.memTotalBytes).toBe(machine.figures.total())
      expect(host.devices.map(({ daxName }) => daxName)).toEqual(machine.bus.devices.map(({ name }) => name))

      const before = machine.figures.total()
      const plan = await operator.plan(host, 'dax0.0')
      expect(plan.verdict).toBe('convertible')
      const job = await operator.ended(await operator.start(plan))
      expect(job.state, `${job.message} ${job.next}`).toBe('converted')
      expect(machine.bus.find('dax0.0')?.driver).toBe('kmem')
      expect(machine.figures.total() - before).toBe(plan.gainBytes)
      expect(job.onlineBytesAfter).toBe(plan.gainBytes)
    })

    it('gives a share back and takes it again, within its floor, and what stays off on purpose is no trouble', async () => {
      const simulated = plain(0)
      const { machine } = simulated.machine
      const { caller } = operator.connected()
      const fresh = await operator.enrolAt(lab().reach(simulated))
      expect((await operator.convert(fresh, 'dax0.0')).state).toBe('converted')
      const host = await operator.probe(fresh.id)
      const blockBytes = machine.spec.blockSizeBytes
      const before = machine.figures.total()

      await caller.floors.setHost({ hostId: host.id, floor: { bytes: before } })
      const asked = { kind: 'offline', shareBytes: 2n * blockBytes + 1n } as const
      const broken = await operator.planShare(host, 'dax0.0', asked)
      expect(broken).toMatchObject({ verdict: 'refused', refusals: [{ code: 'capacity_floor' }] })
      await caller.floors.setHost({ hostId: host.id, floor: { bytes: 0n } })

      const plan = await operator.planShare(host, 'dax0.0', asked)
      expect(plan).toMatchObject({
        verdict: 'offlinable',
        gainBytes: -2n * blockBytes,
        share: { askedBytes: 2n * blockBytes + 1n, bytes: 2n * blockBytes },
      })
      const gone = await operator.ended(await operator.start(plan))
      expect(gone, `${gone.message} ${gone.next}`).toMatchObject({ state: 'restored', kind: 'offline' })
      expect(gone.onlineBytesAfter).toBe((gone.onlineBytesBefore ?? 0n) - 2n * blockBytes)
      expect(before - machine.figures.total()).toBe(2n * blockBytes)
      expect(machine.bus.find('dax0.0')?.driver).toBe('kmem')
      const left = await operator.probe(host.id)
      expect(left).toMatchObject({ standing: 'ready' })
      expect(left.devices.find(({ daxName }) => daxName === 'dax0.0')?.state).toBe('partial')
      const marks = (
        await caller.capacity.host({
          hostId: host.id,
          from: new Date(Date.now() - 3_600_000),
          to: new Date(Date.now() + 60_000),
        })
      ).marks
      expect(marks.map(({ kind, gainedBytes }) => [kind, gainedBytes])).toContainEqual([
        'offline',
        -2n * blockBytes,
      ])

      const back = await operator.planShare(left, 'dax0.0', {
        kind: 'online',
        zone: 'movable',
        blocks: plan.share?.blocks ?? [],
      })
      expect(back.phrase).toMatch(/^bring \d+ [MG]iB of dax0\.0 online on /)
      const come = await operator.ended(await operator.start(back))
      expect(come, `${come.message} ${come.next}`).toMatchObject({ state: 'converted', zoneRead: 'Movable' })
      expect(machine.figures.total()).toBe(before)
    })

    it('has its kernel’s policy changed by name, in the log, and put back; not from what nobody saw', async () => {
      const simulated = plain(1)
      const { memory } = simulated.machine.machine
      const { caller } = operator.connected()
      const host = await operator.enrolAt(lab().reach(simulated))
      const view = await caller.kernelPolicy.host({ hostId: host.id })
      expect(view).toMatchObject({ policy: 'offline', latest: null, putBackTo: null })
      const change = {
        hostId: host.id,
        bootId: view.bootId ?? '',
        from: 'offline',
        to: 'online_movable',
      } as const
      expect(await caller.kernelPolicy.change({ ...change, from: 'online' })).toMatchObject({
        type: 'refused',
      })
      expect((await caller.kernelPolicy.change(change)).type).toBe('requested')
      const done = await operator.policyChanged(host.id)
      expect(done).toMatchObject({ latest: { state: 'done', readBack: 'online_movable' } })
      expect(memory.autoOnline).toBe('online_movable')
      await operator.host(
        host.id,
        'the new policy is read',
        ({ autoOnlinePolicy }) => autoOnlinePolicy === 'online_movable',
      )
      expect(await caller.kernelPolicy.host({ hostId: host.id })).toMatchObject({ putBackTo: 'offline' })

      // Somebody else changes it: what was seen does not hold, and the host refuses.
      memory.autoOnline = 'online_kernel'
      const again = { ...change, from: 'online_movable', to: 'offline' } as const
      expect((await caller.kernelPolicy.change(again)).type).toBe('requested')
      expect((await operator.policyChanged(host.id)).latest).toMatchObject({
        state: 'refused',
        readBack: null,
      })
      expect(memory.autoOnline).toBe('online_kernel')
      await operator.host(
        host.id,
        'the other policy is read',
        ({ autoOnlinePolicy }) => autoOnlinePolicy === 'online_kernel',
      )
      expect((await caller.kernelPolicy.change({ ...again, from: 'online_kernel' })).type).toBe('requested')
      expect((await operator.policyChanged(host.id)).latest).toMatchObject({
        state: 'done',
        readBack: 'offline',
      })
      expect(memory.autoOnline).toBe('offline')
      const { entries } = await caller.audit.list({ subjectId: host.id })
      expect(
        entries
          .map(({ action }) => action)
          .filter((action) => action.includes('policy'))
          .toSorted(),
      ).toEqual([
        'host.policy_changed',
        'host.policy_changed',
        'host.policy_refused',
        'host.policy_requested',
        'host.policy_requested',
        'host.policy_requested',
      ])
    })

    it('that is busy is refused at its preflight, and keeps its device', async () => {
      const simulated = lab().find('busy', isPlain)
      const job = await convertFirst(simulated)
      expect(job).toMatchObject({ state: 'refused', causeCode: 'in_use' })
      expect(simulated.machine.machine.bus.devices[0]?.driver).toBe('device_dax')
    })

    it('with a block that stays offline ends partial, one block short', async () => {
      const simulated = lab().find('partial', isPlain)
      const job = await convertFirst(simulated)
      expect(job.state).toBe('partial')
      const { memory, spec } = simulated.machine.machine
      const offline = memory.ids().filter((id) => memory.stateOf(id) === 'offline')
      expect(offline).toHaveLength(1)
      expect(job.onlineBytesAfter).toBe((job.predictedBytes ?? 0n) - spec.blockSizeBytes)
    })

    it('that loses its power on the way ends failed, and is another boot', async () => {
      const simulated = lab().find('reboot', isPlain)
      const job = await convertFirst(simulated)
      expect(job.state, job.message).toBe('failed')
      expect(simulated.machine.machine.boots).toBe(2)
    })

    it('that shows another key the second time is kept out', async () => {
      const host = await operator.enrolAt(lab().reach(lab().find('wrong_key')))
      expect(host.state).toBe('key_changed')
    })

    it('that prints something else is said to', async () => {
      const host = await operator.enrolAt(lab().reach(lab().find('garbage')))
      expect(host.stateMessage).toContain('did not keep to its protocol')
    })

    it('that is not there is unreachable', async () => {
      const id = await operator.enter(lab().reach(lab().find('unreachable')))
      const host = await operator.host(id, 'it was tried', ({ state }) => state === 'unreachable')
      expect(host.stateMessage).toContain('refused')
    })

    it('that is slow is ready all the same', async () => {
      const host = await operator.enrolAt(lab().reach(lab().find('slow')))
      expect(host.state, host.stateMessage).toBe('ready')
    })
  })

  describe('two hundred simulated hosts', { timeout: FIVE_MINUTES }, () => {
    it('answer, each as itself, but for those that are not there', async () => {
      const waiting = [...lab().lab.hosts]
      const answers = new Map<string, string>()
      const worker = async () => {
        for (let host = waiting.shift(); host !== undefined; host = waiting.shift()) {
          const said = await ask(host, lab().lab.privateKey, lookCommand([])).catch((error: Error) => ({
            stdout: error.message,
          }))
          answers.set(host.name, said.stdout)
        }
      }
      await Promise.all(Array.from({ length: 16 }, worker))
      for (const { name, fault } of lab().lab.hosts) {
        expect(answers.get(name), name).toContain(fault === 'unreachable' ? 'ECONNREFUSED' : 'looked=yes')
      }
      expect(lab().lab.hosts.filter(({ fault }) => fault !== null)).toHaveLength(70)
    })

    it('answer an unknown command as a shell does', async () => {
      expect(await ask(lab().find(null), lab().lab.privateKey, 'frobnicate --all')).toMatchObject({
        status: 127,
      })
    })

    it('are told in lines that can be pasted into Add hosts', () => {
      const { candidates } = readList([{ name: 'lines', text: addHostsLines(lab().lab.hosts) }])
      const rows = judge(candidates, 'root', [])
      expect(rows.map(({ verdict }) => verdict)).toEqual(rows.map(() => 'new'))
      expect(rows).toHaveLength(200)
    })
  })
})
