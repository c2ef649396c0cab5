import type { AgentReply, Inspection, PlanResult } from '@/agents/protocol'
import type { ModelAnswer, ModelledHost } from './modelled-host'

export type Keeping = 'persist' | 'unpersist'

/** One reply of that type; throws with all of them where there is none. */
function replyOf<T extends AgentReply['type']>(replies: readonly AgentReply[], type: T) {
  const found = replies.find((reply): reply is Extract<AgentReply, { type: T }> => reply.type === type)
  if (found === undefined) throw new Error(JSON.stringify(replies))
  return found
}

/** The host as its agent tells it. */
export async function inspectModel(host: ModelledHost): Promise<Inspection> {
  const replies = await host.ask({ protocol: 1, verb: 'inspect', params: {} })
  return replyOf(replies, 'inspection').inspection
}

/** A plan that a device comes back after each start, or that it does so no more. */
export async function planKeeping(host: ModelledHost, kind: Keeping, deviceId: string): Promise<PlanResult> {
  const params = kind === 'persist' ? { kind, deviceId, zone: 'movable' as const } : { kind, deviceId }
  return replyOf(await host.ask({ protocol: 1, verb: 'plan', params }), 'plan').plan
}

let jobs = 0
/** Plans it and carries it out under a token newer than those before; what was asked, and every reply. */
export async function carryOutKeeping(
  host: ModelledHost,
  kind: Keeping,
  deviceId: string,
  answer: ModelAnswer = 'go',
) {
  const { item, digest, refusals } = await planKeeping(host, kind, deviceId)
  if (item === null || digest === null) throw new Error(JSON.stringify(refusals))
  jobs += 1
  const token = { installationId: 'here', epoch: String(10 + jobs) }
  const params = { jobId: `keep-${jobs}`, token, item, digest }
  return { params, replies: await host.ask({ protocol: 1, verb: kind, params }, { answer }) }
}
