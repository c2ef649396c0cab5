import type { AgentReply, AgentRequest } from '../protocol'
import type { ModelMachine } from './machine'
import { startAgent } from './session'

const TOKEN = { installationId: 'by-itself', epoch: '1' }

/**
 * What a server has an agent do for one device of a rollout (look, plan, convert, look again), in one program without
 * any server: for tools that can only run a command on many hosts. The exit status: 0 when the device was converted.
 */
export async function byItself(machine: ModelMachine, say: (line: string) => boolean): Promise<number> {
  const seen = await ask(machine, { protocol: 1, verb: 'inspect', params: {} }, 'inspection')
  const [device] = seen?.inspection.devices ?? []
  if (device === undefined) return 1
  const params = { deviceId: device.identity.id, zone: 'movable' as const, reservedBytes: '0' }
  const planned = await ask(machine, { protocol: 1, verb: 'plan', params }, 'plan')
  const { item = null, digest = null } = planned?.plan ?? {}
  if (item === null || digest === null) return 1
  const job = { jobId: '00000000-0000-4000-8000-000000000000', token: TOKEN, item, digest }
  await ask(machine, { protocol: 1, verb: 'convert', params: job }, 'end')
  const after = await ask(machine, { protocol: 1, verb: 'inspect', params: {} }, 'inspection')
  const driver = after?.inspection.devices[0]?.driver ?? 'none'
  say(driver)
  return driver === 'kmem' ? 0 : 1
}

/** The first reply of that type, once the agent has ended; `go` is said to whatever asks for it. */
async function ask<Type extends AgentReply['type']>(
  machine: ModelMachine,
  request: AgentRequest,
  type: Type,
): Promise<Extract<AgentReply, { type: Type }> | undefined> {
  const replies: AgentReply[] = []
  const session = startAgent(machine, {
    onLine: (line) => {
      const reply: AgentReply = JSON.parse(line)
      replies.push(reply)
      if (reply.type === 'ready') session.send(JSON.stringify({ go: reply.nonce }))
      return true
    },
  })
  session.send(JSON.stringify(request))
  await session.ended
  const isAsked = (reply: AgentReply): reply is Extract<AgentReply, { type: Type }> => reply.type === type
  return replies.find(isAsked)
}
