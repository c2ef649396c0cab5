import { fileURLToPath } from 'node:url'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { type BuiltAgent, buildAgent } from '@/scripts/agent/build'
import { createAgentClient } from '@/server/agents/client'
import type { AgentClient } from '@/server/agents/port'
import { SshPool } from '@/server/ssh/pool'
import { describeWithSshd, Sshd } from '@/test/support/sshd'

const cacheDir = fileURLToPath(new URL('../../../.cache/agent/', import.meta.url))
const { signal } = new AbortController()
const token = (epoch: number, installationId = 'ours') => ({ installationId, epoch: String(epoch) })

describeWithSshd('the real agent, asked who may act', () => {
  let agent: BuiltAgent
  let sshd: Sshd
  let client: AgentClient

  beforeAll(async () => {
    const arch = process.arch === 'arm64' ? 'arm64' : 'x64'
    agent = await buildAgent({ arch, cacheDir, signal: AbortSignal.timeout(600_000) })
    sshd = await Sshd.start({ ownState: true })
    const pool = new SshPool({ connectMs: 30_000, idleMs: 60_000 })
    client = createAgentClient({ pool, binaries: async () => agent, answerMs: 30_000, silenceMs: 30_000 })
  }, 600_000)
  afterAll(async () => {
    await client.close()
    await sshd.stop()
  })

  it('records a token before it reads, refuses an older one and another installation’s, and is adopted', async () => {
    const target = sshd.target()
    const fence = (given: ReturnType<typeof token>) => client.fence(target, { token: given }, { signal })
    const onRecord = async () => (await client.inspect(target, { signal })).fence
    expect(await onRecord()).toBeNull()

    expect(await fence(token(7))).toMatchObject({ type: 'fenced', inspection: { fence: token(7) } })
    expect(await fence(token(6))).toMatchObject({ type: 'refused', refusal: { code: 'stale_token' } })
    expect(await fence(token(9, 'theirs'))).toMatchObject({
      type: 'refused',
      refusal: { code: 'other_installation' },
    })
    expect(await onRecord()).toEqual(token(7))

    const adopt = (from: ReturnType<typeof token>) =>
      client.adopt(target, { token: token(1, 'theirs'), from }, { signal })
    expect(await adopt(token(6))).toMatchObject({ type: 'refused' })
    expect(await adopt(token(7))).toEqual({ type: 'adopted' })
    expect(await onRecord()).toEqual(token(1, 'theirs'))
    expect(await fence(token(8))).toMatchObject({
      type: 'refused',
      refusal: { code: 'other_installation' },
    })
  })

  it('is stopped by a cancel only under a token that may act', async () => {
    const target = sshd.target()
    const abort = (given: ReturnType<typeof token>) =>
      client.abort(target, { jobId: 'some-job', token: given }, { signal })
    expect(await abort(token(1, 'theirs'))).toEqual({ type: 'abort_noted' })
    expect(await abort(token(99))).toMatchObject({ type: 'refused' })
  })

  it('has no journal of a job it never had', async () => {
    const params = { jobId: 'never-was', fromLine: 1 }
    const tail = { signal, onJournal: async () => {} }
    expect(await client.attach(sshd.target(), params, tail)).toBe('no_journal')
  })
})
