import { createHash } from 'node:crypto'
import fs from 'node:fs'
import os from 'node:os'
import path from 'node:path'
import { fileURLToPath } from 'node:url'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { type Direction, type JournalLine, type PlanItem, PROTOCOL_VERSION } from '@/agents/protocol'
import { buildAgent } from '@/scripts/agent/build'
import { createAgentClient } from '@/server/agents/client'
import type { AgentClient } from '@/server/agents/port'
import type { AgentBinary } from '@/server/agents/prepare'
import { SshPool } from '@/server/ssh/pool'
import { describeWithSshd, Sshd } from '@/test/support/sshd'

const { signal } = new AbortController()
const cacheDir = fileURLToPath(new URL('../../../.cache/agent/', import.meta.url))

let sshd: Sshd
let folder: string

beforeAll(async () => {
  folder = fs.mkdtempSync(path.join(os.tmpdir(), 'daxfleet agents '))
  sshd = await Sshd.start()
})
afterAll(async () => {
  await sshd.stop()
  fs.rmSync(folder, { recursive: true })
})

/** Gives `work` a client of this agent; nothing may be left open afterwards. */
async function withClient<T>(
  agent: AgentBinary,
  work: (client: AgentClient) => Promise<T>,
  times: { answerMs?: number; silenceMs?: number } = {},
): Promise<T> {
  const pool = new SshPool({ connectMs: 30_000, idleMs: 60_000 })
  const options = { pool, binaries: async () => agent, answerMs: 30_000, silenceMs: 30_000, ...times }
  const client = createAgentClient(options)
  try {
    return await work(client)
  } finally {
    await client.close()
    expect(pool.size).toBe(0)
  }
}

describeWithSshd('the real agent over a real sshd', () => {
  let agent: AgentBinary

  beforeAll(async () => {
    const arch = process.arch === 'arm64' ? 'arm64' : 'x64'
    agent = await buildAgent({ arch, cacheDir, signal: AbortSignal.timeout(600_000) })
  }, 600_000)

  it('inspects the very machine it runs on', async () => {
    const inspection = await withClient(agent, (client) => client.inspect(sshd.target(), { signal }))
    expect(inspection.host.bootId).toBe(fs.readFileSync('/proc/sys/kernel/random/boot_id', 'utf8').trim())
    expect(inspection.host.kernelRelease).toBe(os.release())
    expect(BigInt(inspection.memory.totalBytes)).toBe(BigInt(os.totalmem()))
  })

  it('plans nothing for a device that is not there, and says so', async () => {
    const params = { deviceId: 'pmem:no-such-device', zone: 'movable' as const, reservedBytes: '0' }
    const plan = await withClient(agent, (client) => client.plan(sshd.target(), params, { signal }))
    expect(plan).toMatchObject({ verdict: 'refused', item: null })
    expect(plan.refusals).not.toEqual([])
  })

  it('says when there is no journal to follow', async () => {
    const params = { jobId: 'no-such-job', fromLine: 1 }
    const tail = { signal, onJournal: async () => {} }
    const following = withClient(agent, (client) => client.attach(sshd.target(), params, tail))
    expect(await following).toBe('no_journal')
  })
})

/** A program in the agent's place that answers as it likes: what a hostile or broken host may do. */
function impostor(...statements: string[]): AgentBinary {
  const text = ['#!/bin/sh', 'read -r request', ...statements, ''].join('\n')
  const sha256 = createHash('sha256').update(text).digest('hex')
  fs.writeFileSync(path.join(folder, sha256), text)
  return { path: path.join(folder, sha256), sha256 }
}

const says = (reply: unknown) => `echo '${JSON.stringify(reply)}'`
const hello = says({ type: 'hello', protocol: PROTOCOL_VERSION, agentVersion: 'impostor' })
const step = (n: number): JournalLine => ({
  n,
  uptimeMs: '1',
  kind: 'step',
  step: 'lock',
  state: 'done',
  detail: '',
})
const journal = (n: number) => says({ type: 'journal', line: step(n) })

describeWithSshd('a host that does not keep to the protocol', () => {
  const inspect = (agent: AgentBinary, times = {}) =>
    withClient(agent, (client) => client.inspect(sshd.target(), { signal }), times)

  it('is named together with what it said, made harmless', async () => {
    const call = inspect(impostor('printf "\\033[31m<script>\\n"'))
    await expect(call).rejects.toMatchObject({ kind: 'agent_failed' })
    await expect(call).rejects.toThrow('[31m<script>')
    // biome-ignore lint/suspicious/noControlCharactersInRegex: that none is there is the point
    await expect(call).rejects.toThrow(/^[^\u0000-\u001f]*$/)
  })

  it('is told from an agent of another version, both named', async () => {
    const other = says({ type: 'hello', protocol: 99, agentVersion: '9.9.9' })
    await expect(inspect(impostor(other))).rejects.toMatchObject({
      kind: 'version_mismatch',
      message: expect.stringMatching(/9\.9\.9.*protocol 99.*protocol 1/),
    })
  })

  it.each([
    ['an inspection without content', says({ type: 'inspection', inspection: {} })],
    ['an answer to something else', says({ type: 'end', state: 'finished' })],
    ['a second hello', hello],
    ['deep nesting', 'printf "%0.s[" $(seq 100000); echo'],
    ['binary', 'head -c 100000 /dev/urandom; echo'],
    ['nothing', ':'],
    ['a crash', 'kill -9 $$'],
  ])('is refused: %s', async (_, statement) => {
    await expect(inspect(impostor(hello, statement))).rejects.toMatchObject({ kind: 'agent_failed' })
  })

  it.each([
    ['a line without end', 'cat /dev/zero'],
    ['lines without end', `while :; do ${hello}; done`],
  ])('is cut off: %s', async (_, statement) => {
    await expect(inspect(impostor(hello, statement))).rejects.toMatchObject({
      kind: expect.stringMatching(/^(output_overflow|agent_failed)$/),
    })
  })

  it.each([
    ['before hello', []],
    ['after hello', [hello]],
  ])('is given up when it says nothing %s', async (_, statements) => {
    const call = inspect(impostor(...statements, 'exec sleep 1000'), { answerMs: 3_000 })
    await expect(call).rejects.toMatchObject({ kind: 'timed_out' })
  })
})

describeWithSshd('a conversion', () => {
  const ready = says({ type: 'ready', nonce: 'nonce-12345678', digest: 'the digest' })
  const end = says({ type: 'end', state: 'finished' })
  /** Writes what it was answered after `ready` into the home, or that the line was closed. */
  const heed =
    'if read -r go; then echo "$go" > "$HOME/answer"; else echo closed > "$HOME/answer"; exit 1; fi'
  const answer = () => fs.readFileSync(path.join(sshd.home(), 'answer'), 'utf8').trim()

  /** The impostors never look at what is to be done. */
  const params = {
    jobId: 'job',
    token: { installationId: 'installation', epoch: '1' },
    item: { kind: 'convert' } as PlanItem,
    digest: 'the digest',
  }

  async function convert(
    agent: AgentBinary,
    handlers: Partial<Parameters<AgentClient['act']>[2]> = {},
    times = {},
  ) {
    const lines: number[] = []
    const all = {
      signal,
      onReady: async () => true,
      onJournal: async (line: JournalLine) => void lines.push(line.n),
      ...handlers,
    }
    const work = (client: AgentClient) => client.act(sshd.target(), params, all)
    return { end: await withClient(agent, work, times), lines }
  }

  it('goes on after go, with the very nonce of ready, and its lines come in order', async () => {
    const digests: string[] = []
    const onReady = async (digest: string) => digests.push(digest) === 1
    const agent = impostor(hello, journal(1), ready, heed, journal(2), journal(3), end)
    expect(await convert(agent, { onReady })).toEqual({ end: 'finished', lines: [1, 2, 3] })
    expect(digests).toEqual(['the digest'])
    expect(answer()).toBe('{"go":"nonce-12345678"}')
  })

  it('gets no go when the worker says no: the line is closed', async () => {
    fs.rmSync(path.join(sshd.home(), 'answer'), { force: true })
    await convert(impostor(hello, ready, heed), { onReady: async () => false })
    await expect.poll(() => fs.existsSync(path.join(sshd.home(), 'answer')), { timeout: 30_000 }).toBe(true)
    await expect.poll(answer, { timeout: 30_000 }).toBe('closed')
  })

  it('is asked for its go once, however often the host is ready', async () => {
    let asked = 0
    const onReady = async () => {
      asked += 1
      return true
    }
    await expect(convert(impostor(hello, ready, heed, ready, end), { onReady })).rejects.toMatchObject({
      kind: 'agent_failed',
    })
    expect(asked).toBe(1)
  })

  it('waits for a slow keeper of its lines, one at a time', async () => {
    let busy = 0
    let most = 0
    const onJournal = async () => {
      busy += 1
      most = Math.max(most, busy)
      await new Promise((resolve) => setImmediate(resolve))
      busy -= 1
    }
    const many = 'i=0; while [ $i -lt 3000 ]; do i=$((i+1));'
    const line = `printf '{"type":"journal","line":{"n":%s,"uptimeMs":"1","kind":"step","step":"online","state":"done","detail":"x"}}\\n' $i; done`
    const agent = impostor(hello, ready, heed, `${many} ${line}`, end)
    expect((await convert(agent, { onJournal })).end).toBe('finished')
    expect(most).toBe(1)
  })

  it('loses contact when nothing comes for too long, and not while it says it waits', async () => {
    const waits: number[] = []
    const onWaiting = (onLine: number) => void waits.push(onLine)
    const waiting = says({ type: 'waiting', onLine: 7, forMs: 1_000 })
    const agent = impostor(hello, ready, heed, waiting, waiting, 'exec sleep 1000')
    await expect(convert(agent, { onWaiting }, { silenceMs: 2_000 })).rejects.toMatchObject({
      kind: 'lost_contact',
      message: expect.stringContaining('nothing came'),
    })
    expect(waits).toEqual([7, 7])
  })

  it('stops at once when the caller does', async () => {
    const stop = new AbortController()
    const onReady = async () => {
      stop.abort()
      return true
    }
    const call = convert(impostor(hello, ready, 'exec sleep 1000'), { signal: stop.signal, onReady })
    await expect(call).rejects.toMatchObject({ kind: 'lost_contact' })
  })
})

describeWithSshd('a recovery', () => {
  const ready = says({ type: 'ready', nonce: 'nonce-12345678', digest: 'the digest' })
  const keep = 'read -r go; echo "$go" > "$HOME/answer"'
  const token = { installationId: 'installation', epoch: '2' }
  const params = { jobId: 'job', token, item: {} as PlanItem, digest: 'the digest', fromLine: 1 }
  const recover = (agent: AgentBinary, direction: Direction | null = 'back') =>
    withClient(agent, (client) =>
      client.recover(sshd.target(), params, {
        signal,
        onReady: async () => direction,
        onJournal: async () => {},
      }),
    )

  it('is told its direction together with its go', async () => {
    const ended = await recover(impostor(hello, ready, keep, says({ type: 'end', state: 'finished' })))
    expect(ended).toBe('finished')
    const answer = fs.readFileSync(path.join(sshd.home(), 'answer'), 'utf8').trim()
    expect(JSON.parse(answer)).toEqual({ go: 'nonce-12345678', direction: 'back' })
  })

  it.each(['held', 'rebooted', 'abandoned'] as const)('ends as the host says: %s', async (state) => {
    expect(await recover(impostor(hello, says({ type: 'end', state })))).toBe(state)
  })

  it('ends with the refusal, when the host refuses', async () => {
    const refusal = { code: 'stale_token' as const, message: 'Too late.', next: 'Nothing to do.' }
    expect(await recover(impostor(hello, says({ type: 'refused', refusal })))).toEqual({ refusal })
  })

  it('has ends that a conversion has not', async () => {
    const agent = impostor(hello, says({ type: 'end', state: 'rebooted' }))
    const attach = { signal, onJournal: async () => {} }
    await expect(
      withClient(agent, (client) => client.attach(sshd.target(), { jobId: 'job', fromLine: 1 }, attach)),
    ).rejects.toMatchObject({ kind: 'agent_failed' })
  })

  it('of a held host is seen by its fence first', async () => {
    const held = impostor(hello, says({ type: 'held', jobId: 'job' }))
    const answer = withClient(held, (client) => client.fence(sshd.target(), { token }, { signal }))
    expect(await answer).toEqual({ type: 'held', jobId: 'job' })
  })
})
