import { spawn } from 'node:child_process'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { createInterface } from 'node:readline'
import { fileURLToPath } from 'node:url'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { AgentReply, AgentRequest } from '@/agents/protocol'
import { buildAgent } from '@/scripts/agent/build'

const CACHE = fileURLToPath(new URL('../../../.cache/agent/', import.meta.url))
const TEN_MINUTES = 600_000

let program = ''
let dir = ''
beforeAll(async () => {
  const signal = AbortSignal.timeout(TEN_MINUTES)
  dir = await mkdtemp(path.join(tmpdir(), 'daxfleet model agent '))
  program = (await buildAgent({ arch: 'x64', cacheDir: CACHE, signal, entry: 'model/main.ts' })).path
}, TEN_MINUTES)
afterAll(() => rm(dir, { recursive: true, force: true }))

/** One process a request, as over SSH; `go` answers `ready`. */
async function ask(host: string, request: AgentRequest): Promise<AgentReply[]> {
  const child = spawn(program, {
    env: { ...process.env, MODEL_HOST: path.join(dir, host) },
    stdio: ['pipe', 'pipe', 'inherit'],
  })
  const ended = new Promise<number | null>((resolve) => child.once('exit', resolve))
  child.stdin.write(`${JSON.stringify(request)}\n`)
  const replies: AgentReply[] = []
  for await (const line of createInterface({ input: child.stdout })) {
    const reply: AgentReply = JSON.parse(line)
    replies.push(reply)
    if (reply.type === 'ready') child.stdin.write(`${JSON.stringify({ go: reply.nonce })}\n`)
  }
  expect(await ended).toBe(0)
  return replies
}

async function inspect(host: string) {
  const replies = await ask(host, { protocol: 1, verb: 'inspect', params: {} })
  for (const reply of replies) if (reply.type === 'inspection') return reply.inspection
  throw new Error(JSON.stringify(replies))
}

describe('the agent on a modelled host, compiled as the agent is', () => {
  it('converts in one process what the next one then reads', async () => {
    const before = await inspect('one')
    const deviceId = before.devices[0]?.identity.id ?? ''
    const params = { deviceId, zone: 'movable' as const, reservedBytes: '0' }
    const planned = await ask('one', { protocol: 1, verb: 'plan', params })
    const plan = planned.flatMap((reply) => (reply.type === 'plan' ? [reply.plan] : []))[0]
    if (plan?.item == null || plan.digest === null) throw new Error(JSON.stringify(planned))
    const token = { installationId: 'here', epoch: '1' }
    const { item, digest } = plan
    const converted = await ask('one', {
      protocol: 1,
      verb: 'convert',
      params: { jobId: 'job-1', token, item, digest },
    })
    expect(converted.at(-1)).toEqual({ type: 'end', state: 'finished' })

    const after = await inspect('one')
    expect(after.host.bootId).toBe(before.host.bootId)
    expect(after.fence).toEqual(token)
    expect(after.devices[0]).toMatchObject({ driver: 'kmem', movable: true })
    const gained = BigInt(after.memory.totalBytes) - BigInt(before.memory.totalBytes)
    expect(gained).toBe(939_524_096n)
  })

  it('is another machine for every file', async () => {
    const [one, two] = [await inspect('one'), await inspect('two')]
    expect(two.host.machineId).not.toBe(one.host.machineId)
    expect(two.devices[0]?.driver).toBe('device_dax')
  })
})
