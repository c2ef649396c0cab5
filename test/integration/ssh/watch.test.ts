import fs from 'node:fs'
import { fileURLToPath } from 'node:url'
import { afterAll, afterEach, beforeAll, beforeEach, expect, it } from 'vitest'
import type { Sample } from '@/agents/protocol'
import { type BuiltAgent, buildAgent } from '@/scripts/agent/build'
import { createAgentClient } from '@/server/agents/client'
import type { AgentClient } from '@/server/agents/port'
import { SshPool } from '@/server/ssh/pool'
import { describeWithSshd, Sshd } from '@/test/support/sshd'

const cacheDir = fileURLToPath(new URL('../../../.cache/agent/', import.meta.url))
const { signal } = new AbortController()

let agent: BuiltAgent
let pool: SshPool
let client: AgentClient

beforeAll(async () => {
  const arch = process.arch === 'arm64' ? 'arm64' : 'x64'
  agent = await buildAgent({ arch, cacheDir, signal: AbortSignal.timeout(600_000) })
}, 600_000)
beforeEach(() => {
  // Idle connections are closed at once: only what is in use stands.
  pool = new SshPool({ connectMs: 30_000, idleMs: 1 })
  client = createAgentClient({ pool, binaries: async () => agent, answerMs: 30_000, silenceMs: 30_000 })
})
afterEach(() => client.close())

/** A watch that runs; `ended` resolves to what ended it. */
function watching(target: ReturnType<Sshd['target']>, everyMs = 500) {
  const samples: Sample[] = []
  const stop = new AbortController()
  const onSample = async (sample: Sample) => void samples.push(sample)
  const ended = client
    .watch(target, { everyMs }, { signal: stop.signal, onSample })
    .catch((error: unknown) => error)
  return { samples, stop, ended }
}

describeWithSshd('a watch', () => {
  let sshd: Sshd
  beforeAll(async () => {
    // An account that may not use sudo at all: nothing here needs it.
    sshd = await Sshd.start({ sudoers: 'operator ALL=(root) !ALL' })
  })
  afterAll(() => sshd.stop())

  it('tells again and again what anyone may read, to an account without sudo', async () => {
    const { samples, stop, ended } = watching(sshd.ordinaryTarget())
    await expect.poll(() => samples.length, { timeout: 60_000 }).toBeGreaterThan(2)
    const bootId = fs.readFileSync('/proc/sys/kernel/random/boot_id', 'utf8').trim()
    expect(samples[0]).toMatchObject({ bootId })
    stop.abort()
    expect(await ended).toMatchObject({ kind: 'lost_contact' })
  })

  it('shares its connection with questions, and keeps it open between them', async () => {
    const target = sshd.target()
    const { samples, stop, ended } = watching(target)
    await expect.poll(() => samples.length, { timeout: 60_000 }).toBeGreaterThan(0)
    for (let i = 0; i < 3; i++) await client.inspect(target, { signal })
    expect(pool.size).toBe(1)
    stop.abort()
    await ended
    await expect.poll(() => pool.size).toBe(0)
  })
})

describeWithSshd('a watch on a host that allows few sessions', () => {
  let sshd: Sshd
  beforeAll(async () => {
    sshd = await Sshd.start({ config: ['MaxSessions 2'] })
  })
  afterAll(() => sshd.stop())

  it('gives way to questions that need its room, and does not come back on that connection', async () => {
    const target = sshd.target()
    await client.inspect(target, { signal })
    const { samples, ended } = watching(target)
    await expect.poll(() => samples.length, { timeout: 60_000 }).toBeGreaterThan(0)
    const answers = await Promise.all([1, 2, 3].map(() => client.inspect(target, { signal })))
    expect(new Set(answers.map(({ host }) => host.bootId))).toEqual(new Set([samples[0]?.bootId]))
    expect(await ended).toMatchObject({
      kind: 'agent_failed',
      message: expect.stringContaining('no session to spare'),
    })
  })
})
