import { readFileSync } from 'node:fs'
import path from 'node:path'
import { afterAll, afterEach, beforeAll, beforeEach, expect, it, vi } from 'vitest'
import type { Connection } from '@/server/ssh/connection'
import { SshPool } from '@/server/ssh/pool'
import { RemoteProcess, runRemote } from '@/server/ssh/remote-process'
import type { SshTarget } from '@/server/ssh/target'
import { Relay } from '@/test/support/relay'
import { describeWithSshd, Sshd } from '@/test/support/sshd'

const signal = new AbortController().signal
const limits = { maxLineBytes: 1_000, maxOutputBytes: 100_000 }
const patient = { timeout: 30_000, interval: 20 }

let sshd: Sshd
let relay: Relay
let pool: SshPool
let target: SshTarget

beforeAll(async () => {
  sshd = await Sshd.start({ config: ['MaxSessions 3'] })
})
afterAll(() => sshd.stop())
beforeEach(async () => {
  relay = await Relay.to(sshd.port)
  pool = new SshPool({ connectMs: 30_000, idleMs: 60_000 })
  target = sshd.target({ port: relay.port })
})
afterEach(async () => {
  await pool.close()
  await vi.waitFor(() => expect(relay.open).toBe(0), patient)
  await relay.stop()
})

function run(command: string, options: { signal?: AbortSignal; stdin?: Buffer } = {}) {
  const all = { ...limits, signal: new AbortController().signal, ...options }
  return pool.use(target, all.signal, (connection) => runRemote(connection, command, all))
}

describeWithSshd('a program on a host', () => {
  it('gives its lines, its status and the end of what it complained', async () => {
    await expect(run('echo one; printf two; echo trouble >&2; exit 3')).resolves.toMatchObject({
      lines: ['one', 'two'],
      status: 3,
      stderr: 'trouble',
    })
  })

  it('gets its input whole', async () => {
    const stdin = Buffer.alloc(3_000_000, 'x')
    await expect(run('wc -c', { stdin })).resolves.toMatchObject({ lines: ['3000000'] })
  })

  it('is cut off and named when it prints for ever', async () => {
    await expect(run('yes')).rejects.toMatchObject({
      kind: 'output_overflow',
      message: expect.stringContaining('node1'),
    })
  })

  it('is cut off and named when a line has no end', async () => {
    await expect(run('tr "\\0" x < /dev/zero')).rejects.toMatchObject({
      kind: 'output_overflow',
      message: expect.stringContaining('in one line'),
    })
  })

  it('keeps only the end of endless complaints, and the deadline ends them', async () => {
    const call = run('yes complaint >&2', { signal: AbortSignal.timeout(500) })
    await expect(call).rejects.toMatchObject({ kind: 'timed_out' })
  })

  it('cannot hold a call by never reading its input', async () => {
    const stdin = Buffer.alloc(8_000_000)
    const call = run('sleep 1000', { stdin, signal: AbortSignal.timeout(500) })
    await expect(call).rejects.toMatchObject({ kind: 'timed_out' })
  })

  it('is left at once when the caller stops, and the connection serves on', async () => {
    const stop = new AbortController()
    const call = pool.use(target, stop.signal, async (connection) => {
      const options = { ...limits, signal: stop.signal }
      const process = await RemoteProcess.start(connection, 'echo begun; sleep 1000', options)
      expect(await process.nextLine()).toBe('begun')
      stop.abort()
      return process.nextLine()
    })
    await expect(call).rejects.toMatchObject({ kind: 'lost_contact' })
    await expect(run('echo on')).resolves.toMatchObject({ lines: ['on'] })
    expect(relay.accepted).toBe(1)
  })

  it('waits for a reader that is slow, and loses no line', async () => {
    const options = { maxLineBytes: 100, maxOutputBytes: 10_000_000, signal }
    const numbers = await pool.use(target, signal, async (connection) => {
      const process = await RemoteProcess.start(connection, 'seq 1 200000', options)
      const lines: string[] = []
      for (let line = await process.nextLine(); line !== null; line = await process.nextLine()) {
        lines.push(line)
        if (lines.length % 1_000 === 0) await new Promise((resolve) => setImmediate(resolve))
      }
      return lines
    })
    expect(numbers).toHaveLength(200_000)
    expect(numbers.at(-1)).toBe('200000')
  })
})

describeWithSshd('one connection a host', () => {
  it('is shared by calls that come together', async () => {
    const calls = Array.from({ length: 3 }, (_, index) => run(`echo ${index}`))
    expect((await Promise.all(calls)).map(({ lines }) => lines[0])).toEqual(['0', '1', '2'])
    expect(relay.accepted).toBe(1)
  })

  it('makes calls wait when the server allows fewer sessions than we ask for', async () => {
    const calls = Array.from({ length: 12 }, (_, index) => run(`echo ${index}; sleep 0.05`))
    const answers = await Promise.all(calls)
    expect(answers.map(({ lines }) => lines[0])).toEqual(calls.map((_, index) => String(index)))
    expect(relay.accepted).toBe(1)
  })

  it('is replaced when sessions we left still fill it', async () => {
    const left = Array.from({ length: 3 }, (_, index) => abandon(`echo $$ > ${sshd.home()}/left-${index}`))
    await Promise.all(left)
    const full = { kind: 'agent_failed', next: expect.stringContaining('MaxSessions') }
    await expect(run('echo full')).rejects.toMatchObject(full)
    await expect(run('echo fresh')).resolves.toMatchObject({ lines: ['fresh'] })
    expect(relay.accepted).toBe(2)
    const ids = left.map((_, index) => readFileSync(path.join(sshd.home(), `left-${index}`), 'utf8').trim())
    await run(`kill ${ids.join(' ')}`)
  })

  it('gives its slots back whatever became of the calls', async () => {
    for (let round = 0; round < 12; round += 1) {
      await expect(run('yes')).rejects.toMatchObject({ kind: 'output_overflow' })
    }
    await expect(run('echo still here')).resolves.toMatchObject({ lines: ['still here'] })
    expect(relay.accepted).toBe(1)
  })

  it('tells running calls when it is cut, and the next call gets another', async () => {
    const call = follow('echo begun; sleep 1000', async (process) => {
      await process.nextLine()
      relay.cut()
      return process.nextLine()
    })
    await expect(call).rejects.toMatchObject({ kind: 'lost_contact' })
    await expect(run('echo again')).resolves.toMatchObject({ lines: ['again'] })
    expect(relay.accepted).toBe(2)
  })

  it('notices a network that fell silent', { timeout: 60_000 }, async () => {
    const call = follow('echo begun; sleep 1000', async (process) => {
      await process.nextLine()
      relay.fallSilent()
      return process.nextLine()
    })
    await expect(call).rejects.toMatchObject({ kind: 'lost_contact' })
  })

  it('closes when nobody used it for a while', async () => {
    const brief = new SshPool({ connectMs: 30_000, idleMs: 50 })
    await brief.use(target, signal, (connection) => runRemote(connection, 'true', { ...limits, signal }))
    await vi.waitFor(() => expect(brief.size).toBe(0), patient)
    await vi.waitFor(() => expect(relay.open).toBe(0), patient)
  })

  it('ends its calls when the pool is closed', async () => {
    const call = follow('echo begun; sleep 1000', async (process) => {
      await process.nextLine()
      const line = process.nextLine()
      void pool.close()
      return line
    })
    await expect(call).rejects.toMatchObject({ kind: 'lost_contact' })
  })
})

function follow<T>(command: string, work: (process: RemoteProcess) => Promise<T>): Promise<T> {
  return pool.use(target, signal, async (connection) =>
    work(await RemoteProcess.start(connection, command, { ...limits, signal })),
  )
}

/** Starts a program that outlives its channel, and leaves it. */
async function abandon(prepare: string): Promise<void> {
  const stop = new AbortController()
  const leave = async (connection: Connection) => {
    const command = `${prepare}; echo begun; exec sleep 1000`
    const process = await RemoteProcess.start(connection, command, { ...limits, signal: stop.signal })
    await process.nextLine()
  }
  await pool.use(target, stop.signal, leave)
  stop.abort()
}
