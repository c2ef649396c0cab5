import { waitFor } from '@/scripts/launch/wait'
import type { Policy } from '@/server/rollouts/policy'
import type { RolloutDetail } from '@/server/rollouts/schema'
import type { TestStage } from './caller'
import { planResult, restoreResult } from './jobs'
import { ScriptedAgent } from './scripted-agent'

/** An agent whose hosts plan for themselves, each what fits it. */
export function planningAgent(): ScriptedAgent {
  const agent = new ScriptedAgent()
  agent.plan = async (target, params) => {
    agent.asked.push(params)
    if (params.kind === 'restore') return restoreResult(target.name, params)
    if (params.kind !== undefined && params.kind !== 'convert') throw new Error('No shares, no files here.')
    return planResult(target.name, params.zone)
  }
  return agent
}

const unlimited = { count: null, percent: null }
/** Goes on at once and lets everything fail, where a test does not say otherwise. */
export const easyPolicy: Policy = {
  canaryHosts: 1,
  waves: [{ percent: 100 }],
  maxInFlightHosts: 16,
  spreadByLabel: null,
  soakSeconds: 0,
  failures: {
    perWave: { hosts: unlimited, devices: unlimited },
    inAll: { hosts: unlimited, devices: unlimited },
  },
  startWindow: null,
  perHostDeadlineSeconds: 3600,
  retries: 0,
}

/** Makes a rollout as a person would; its id. */
export async function makeRollout(
  stage: TestStage,
  selector: string,
  policy: Partial<Policy> = {},
  asked: { kind: 'restore' } | { zone: 'movable' } = { zone: 'movable' },
): Promise<string> {
  const answer = await stage.caller.rollouts.create({
    name: `all of ${selector}`,
    selector,
    ...asked,
    policy: { ...easyPolicy, ...policy },
  })
  if (answer.type !== 'created') throw new Error(JSON.stringify(answer))
  return answer.rolloutId
}

/** Approves what the page shows at this moment. */
export async function approve(stage: TestStage, rolloutId: string): Promise<void> {
  const { digest, phrase } = await stage.caller.rollouts.get({ rolloutId })
  const answer = await stage.caller.rollouts.approve({ rolloutId, digest: digest ?? '', phrase })
  if (answer.type !== 'done') throw new Error(`${answer.message} ${answer.next}`)
}

/** Waits until the rollout is in one of these states. */
export async function reaches(
  stage: TestStage,
  rolloutId: string,
  ...states: RolloutDetail['state'][]
): Promise<RolloutDetail> {
  let last: RolloutDetail | undefined
  const found = await waitFor(
    async () => {
      last = await stage.caller.rollouts.get({ rolloutId })
      return states.includes(last.state) ? last : undefined
    },
    { withinMs: 40_000 },
  )
  if (found === undefined)
    throw new Error(`Waited in vain for ${states.join(' or ')}: ${JSON.stringify(last, shown)}`)
  return found
}

const shown = (_key: string, value: unknown) => (typeof value === 'bigint' ? String(value) : value)
