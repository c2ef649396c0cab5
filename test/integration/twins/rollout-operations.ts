import fc from 'fast-check'
import type { Command } from '@/server/rollouts/machine/commands'
import type { Rollout } from '@/server/rollouts/machine/model'

/** How a job ends, as far as a rollout makes something of it. */
const endings = [
  { state: 'converted', cause: null },
  { state: 'already', cause: null },
  { state: 'partial', cause: null },
  { state: 'failed', cause: 'unreachable' },
  { state: 'failed', cause: 'EINVAL' },
  { state: 'refused', cause: 'in_use' },
  { state: 'refused', cause: 'plan_changed' },
  { state: 'cancelled', cause: null },
  { state: 'stranded', cause: null },
] as const
export type JobEnding = (typeof endings)[number]

const host = fc.nat({ max: 2 })
/** On which host each device is. */
export const hostOfDevice = [0, 1, 2, 0] as const
const device = fc.nat({ max: 3 })
const command = fc.constantFrom('pause', 'resume', 'stop', 'abort', 'retryFailed', 'retryOne', 'skip')
const always = <T extends string>(what: T) => fc.constant(what)

/**
 * A turn, an operator's word, or something of the world around a rollout. Nothing it decides by time is a multiple of the
 * 26 s by which time moves: neither side is asked at the very moment something ends.
 */
export const operation = fc.oneof(
  { weight: 12, arbitrary: fc.record({ do: always('turn') }) },
  { weight: 3, arbitrary: fc.record({ do: always('obey'), command, host }) },
  {
    weight: 9,
    arbitrary: fc.record({
      do: always('endJob'),
      device,
      // Most come out well, or no rollout would get beyond its first wave.
      ending: fc.oneof(
        { weight: 3, arbitrary: fc.constant<JobEnding>(endings[0]) },
        { weight: 2, arbitrary: fc.constantFrom<JobEnding>(...endings) },
      ),
      afterGo: fc.boolean(),
      isRead: fc.boolean(),
    }),
  },
  { weight: 1, arbitrary: fc.record({ do: always('loseJob'), device }) },
  {
    weight: 6,
    arbitrary: fc.record({
      do: always('inspect'),
      host,
      fenced: fc.boolean(),
      converted: fc.oneof({ weight: 4, arbitrary: fc.constant(true) }, fc.boolean()),
    }),
  },
  { weight: 1, arbitrary: fc.record({ do: always('loseContact'), host }) },
  {
    weight: 1,
    arbitrary: fc.record({ do: always('setStop'), pulled: fc.constantFrom(false, false, true, null) }),
  },
  { weight: 4, arbitrary: fc.record({ do: always('elapse'), ms: fc.constantFrom(26_000, 26_000, 988_000) }) },
)
export type Operation = typeof operation extends fc.Arbitrary<infer T> ? T : never

/** One side: a rollout over three hosts with its jobs, and what is read of the hosts. */
export interface RolloutControls {
  /** One turn; what it asks for, jobs told by their device. Jobs that are to stop are asked, as a worker does. */
  turn(): Promise<{ cancels: string[]; wake: 'now' | 'later' | 'never' }>
  /** Null when it is heeded, else why not. */
  obey(command: Command): Promise<string | null>
  endJob(device: number, ending: JobEnding, afterGo: boolean): Promise<unknown>
  loseJob(device: number): Promise<unknown>
  inspect(host: number, fenced: boolean, converted: boolean): Promise<void>
  loseContact(host: number): Promise<void>
  setStop(pulled: boolean | null): Promise<void>
  elapse(ms: number): Promise<void>
  read(): Promise<Rollout>
  nowMs(): Promise<number>
}

export async function perform(
  on: RolloutControls,
  op: Operation,
  hostIds: readonly string[],
): Promise<unknown> {
  switch (op.do) {
    case 'turn':
      return on.turn()
    case 'obey':
      return on.obey(commandOf(op.command, hostIds[op.host] ?? ''))
    case 'endJob': {
      const answer = await on.endJob(op.device, op.ending, op.afterGo)
      if (op.isRead) await on.inspect(hostOfDevice[op.device] ?? 0, true, op.ending.state === 'converted')
      return answer
    }
    case 'loseJob':
      return on.loseJob(op.device)
    case 'inspect':
      return on.inspect(op.host, op.fenced, op.converted)
    case 'loseContact':
      return on.loseContact(op.host)
    case 'setStop':
      return on.setStop(op.pulled)
    case 'elapse':
      return on.elapse(op.ms)
  }
}

function commandOf(name: string, hostId: string): Command {
  switch (name) {
    case 'retryOne':
      return { type: 'retryFailed', hostIds: [hostId] }
    case 'skip':
      return { type: 'skip', hostIds: [hostId] }
    default:
      return { type: name as 'pause' | 'resume' | 'stop' | 'abort' | 'retryFailed' }
  }
}

/** Between two readings of one moment some seconds may lie on a busy machine. */
const toleranceMs = 15_000

/** The same rollout in words that hang on no clock: how long ago in steps of 26 s, and whether what is to come is due. */
export function told(rollout: Rollout, nowMs: number): unknown {
  const steps = (sinceMs: number | null) =>
    sinceMs === null ? null : Math.floor((nowMs - sinceMs + 26_000 - toleranceMs) / 26_000)
  const { hosts, soakSinceMs, checkSinceMs, approvalEndsAtMs, ...rest } = rollout
  return {
    ...rest,
    approvalEndsAtMs: approvalEndsAtMs ?? null,
    soaks: steps(soakSinceMs),
    checks: steps(checkSinceMs),
    hosts: hosts.map(({ startedAtMs, settlesUntilMs, items, ...host }) => ({
      ...host,
      started: steps(startedAtMs),
      settles: settlesUntilMs === null ? null : settlesUntilMs > nowMs ? 'later' : 'due',
      items: items.map(({ retryAtMs, ...item }) => ({
        ...item,
        retry: retryAtMs === null ? null : retryAtMs > nowMs ? 'later' : 'due',
      })),
    })),
  }
}
