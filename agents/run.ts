import { boot } from './boot/boot'
import { abort } from './convert/abort'
import { act } from './convert/act'
import { adopt } from './convert/adopt'
import { convert } from './convert/convert'
import { fence } from './convert/fence'
import { changePolicy } from './convert/policy'
import { recover } from './convert/recover'
import { tailJournal } from './convert/tail'
import { type Host, HostError } from './host'
import { makeOfflinePlan } from './plan/offline'
import { makeOnlinePlan } from './plan/online'
import { makePersistPlan } from './plan/persist'
import { makePlan } from './plan/plan'
import { makeRestorePlan } from './plan/restore'
import {
  AGENT_VERSION,
  type AgentRequest,
  HOOK_SECONDS,
  type PlanResult,
  PROTOCOL_VERSION,
  type RequestParams,
  VERBS,
} from './protocol'
import { readPoison } from './read/health-tools'
import { architecture } from './read/identity'
import { readHost } from './read/inspect'
import { parseRequest } from './request'
import type { Say } from './say'
import { watch } from './watch/watch'

/** A request must come soon: nobody starts an agent to leave it waiting. */
const REQUEST_TIMEOUT_MS = 30_000

async function plan(host: Host, question: RequestParams['plan']): Promise<PlanResult> {
  if (question.kind === 'persist' || question.kind === 'unpersist')
    return makePersistPlan(host, await readHost(host), question)
  if (question.kind === 'restore') return makeRestorePlan(host, await readHost(host), question, true)
  if (question.kind === 'offline') return makeOfflinePlan(host, await readHost(host), question, true)
  if (question.kind === 'online') {
    const reading = await readHost(host)
    if (question.health !== undefined)
      await readPoison(host, reading.dax, question.deviceId, reading.inspection.privileged)
    return makeOnlinePlan(host, reading, question)
  }
  const { deviceId, zone, reservedBytes, hookSeconds = HOOK_SECONDS, health } = question
  const reading = await readHost(host, BigInt(reservedBytes))
  if (health !== undefined) await readPoison(host, reading.dax, deviceId, reading.inspection.privileged)
  return (await makePlan(host, reading, { deviceId, zone, hookSeconds, health })).result
}

async function serve(host: Host, request: AgentRequest, say: Say): Promise<void> {
  switch (request.verb) {
    case 'version':
      await say({
        type: 'version',
        protocol: PROTOCOL_VERSION,
        agentVersion: AGENT_VERSION,
        architecture: await architecture(host),
        verbs: [...VERBS],
      })
      return
    case 'inspect':
      await say({ type: 'inspection', inspection: (await readHost(host)).inspection })
      return
    case 'plan': {
      await say({ type: 'plan', plan: await plan(host, request.params) })
      return
    }
    case 'convert':
    case 'restore':
    case 'online':
    case 'offline':
    case 'persist':
    case 'unpersist':
      return convert(host, request.params, say)
    case 'attach':
      return tailJournal(host, request.params, say)
    case 'fence':
      return fence(host, request.params, say)
    case 'recover':
      return recover(host, request.params, say)
    case 'abort':
      return abort(host, request.params, say)
    case 'adopt':
      return adopt(host, request.params, say)
    case 'policy':
      return changePolicy(host, request.params, say)
    case 'watch':
      return watch(host, request.params, say)
  }
}

/** Serves one request from stdin. The exit status: 0 when it was answered, 2 when it was not understood, 1 for a fault. */
export async function run(host: Host, args: string[]): Promise<number> {
  // What systemd starts the agent as, by itself as the host starts or because the agent asked; requests from outside come on stdin only.
  const [verb, jobId = '', epoch = '', recovery = ''] = args
  if (verb === 'boot') return boot(host)
  if (verb === 'act') return act(host, jobId, epoch, recovery)
  const say: Say = (reply) => host.out(JSON.stringify(reply))
  await say({ type: 'hello', protocol: PROTOCOL_VERSION, agentVersion: AGENT_VERSION })
  const answer = await host.readLine(REQUEST_TIMEOUT_MS)
  if (typeof answer === 'string') {
    const why = { eof: 'stdin ended', timeout: 'none came within 30 s', too_long: 'the line is too long' }[
      answer
    ]
    await say({
      type: 'error',
      code: 'bad_request',
      message: `No request: ${why}.`,
      next: 'Send one JSON line on stdin.',
    })
    return 2
  }
  const parsed = parseRequest(answer.line)
  if ('error' in parsed) {
    await say(parsed.error)
    return 2
  }
  try {
    await serve(host, parsed.request, say)
    return 0
  } catch (error) {
    const message = error instanceof Error ? `${error.name}: ${error.message}` : String(error)
    const next =
      error instanceof HostError ? 'Look at that file on the host.' : 'Report it with the agent version.'
    await say({ type: 'error', code: 'internal', message, next })
    return 1
  }
}
