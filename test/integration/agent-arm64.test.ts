import { expect, it } from 'vitest'
import type { AgentReply } from '@/agents/protocol'
import { run } from '@/scripts/lib/child'
import { findCommand } from '@/scripts/lib/debian'
import { buildForTests } from '../support/agent-on-guest'

const emulator = await findCommand('qemu-aarch64')
const compiler = await findCommand('aarch64-linux-gnu-gcc')
const isReady = emulator !== undefined && compiler !== undefined

/** The arm64 agent under user-mode emulation: this machine's kernel, the other instruction set. */
async function ask(verb: 'version' | 'inspect'): Promise<AgentReply[]> {
  const built = await buildForTests('arm64', AbortSignal.timeout(300_000))
  const stdin = `${JSON.stringify({ protocol: 1, verb, params: {} })}\n`
  const ran = await run(emulator ?? '', [built.path], { timeoutMs: 60_000, stdin })
  expect(ran.status).toBe(0)
  return ran.stdout
    .trim()
    .split('\n')
    .map((line): AgentReply => JSON.parse(line))
}

it.runIf(isReady || process.env.CI === 'true')(
  'the arm64 agent starts and says what it is',
  { timeout: 300_000 },
  async () => {
    expect(await ask('version')).toMatchObject([
      { type: 'hello', protocol: 1 },
      { type: 'version', architecture: 'aarch64' },
    ])
  },
)

it.runIf(isReady || process.env.CI === 'true')('the arm64 agent inspects', { timeout: 300_000 }, async () => {
  const [, reply] = await ask('inspect')
  expect(reply).toMatchObject({
    type: 'inspection',
    inspection: { blockSizeBytes: expect.stringMatching(/^\d+$/) },
  })
})
