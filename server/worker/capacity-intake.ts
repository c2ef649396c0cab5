import { DatabaseError, type Pool } from 'pg'
import type { Sample } from '@/agents/protocol'
import { capacityOf } from '@/server/capacity/capacity-of'
import { Layouts } from '@/server/capacity/layouts'
import type { CapacityReading } from '@/server/capacity/reading'
import { type CapacityRefusal, capacityRefusals } from '@/server/capacity/refuse-sample'
import { type Log, textOf } from './log'
import { meters } from './meters'

export interface IntakeLimits {
  /** What came since is stored together so often. */
  everyMs: number
  /** Samples kept while they cannot be stored; past that the oldest go. */
  maxSamples: number
  /** A sample that shows other devices than the last inspection waits so long for the next one. */
  holdMs: number
}

export const intakeLimits: IntakeLimits = {
  everyMs: 1_000,
  // Two kilobytes each, with what the garbage collector adds: of 500 hosts at the default, twenty minutes.
  maxSamples: 20_000,
  // Whoever tells of a change is probed within seconds; a fleet that restarts all at once may take longer.
  holdMs: 60_000,
}

export interface CapacityIntake {
  note(hostId: string, sample: Sample): void
  /** Stores what is left, once: a database that is away keeps nobody from ending. */
  stop(): Promise<void>
}

interface Noted {
  hostId: string
  /** When it arrived, on this process's clock. */
  at: Date
  sample: Sample
}

/** recordReadings of server/capacity/ingest.ts. */
type StoreReadings = (pg: Pool, readings: CapacityReading[]) => Promise<void>

/**
 * Gathers what all hosts tell and stores it together: two statements a turn, however many hosts there are. What a
 * sample means is decided when it is stored, by the inspection there is then: one that shows other devices than that,
 * waits for the probe which the change leads to, and later samples of its host wait behind it. When none comes in time
 * the totals are kept, and of the devices what is beyond doubt.
 */
export function gatherCapacity(
  { pg, log }: { pg: Pool; log: Log },
  store: StoreReadings,
  { everyMs, maxSamples, holdMs }: IntakeLimits = intakeLimits,
): CapacityIntake {
  let waiting: Noted[] = []
  let dropped = 0
  const layouts = new Layouts(pg)
  const refusals = new Map<string, CapacityRefusal>()
  let turning: Promise<void> | null = null

  const refuse = (hostId: string, refused: CapacityRefusal | null) => {
    // Once, not every thirty seconds.
    if (refused !== null && refusals.get(hostId) !== refused)
      log('warn', 'a host told figures that cannot be', { hostId, refused, why: capacityRefusals[refused] })
    if (refused === null) refusals.delete(hostId)
    else refusals.set(hostId, refused)
  }
  const bound = () => {
    const excess = waiting.length - maxSamples
    if (excess <= 0) return
    waiting = waiting.slice(excess)
    meters.samples.inc({ outcome: 'dropped' }, excess)
    dropped += excess
  }
  /**
   * What Postgres refuses today for what it says it refuses tomorrow. What one host tells must never cost another host's
   * readings, so they are halved until the ones that are refused are a host's own; those are given up.
   */
  const storeAll = async (readings: CapacityReading[]): Promise<void> => {
    if (readings.length === 0) return
    try {
      await store(pg, readings)
      meters.samples.inc({ outcome: 'stored' }, readings.length)
    } catch (error) {
      if (!(error instanceof DatabaseError) || !isOfData(error)) throw error
      const hostIds = [...new Set(readings.map(({ hostId }) => hostId))]
      const [hostId = ''] = hostIds
      if (hostIds.length === 1) {
        meters.samples.inc({ outcome: 'refused' }, readings.length)
        log('error', 'capacity of a host could not be stored', { hostId, why: textOf(error) })
        return
      }
      const half = new Set(hostIds.slice(0, hostIds.length >> 1))
      await storeAll(readings.filter((reading) => half.has(reading.hostId)))
      await storeAll(readings.filter((reading) => !half.has(reading.hostId)))
    }
  }
  const turn = async (isLast: boolean) => {
    const taken = waiting
    waiting = []
    const readings: CapacityReading[] = []
    const later: Noted[] = []
    try {
      const layoutOfHost = await layouts.of(new Set(taken.map(({ hostId }) => hostId)))
      const held = new Set<string>()
      for (const noted of taken) {
        const layout = layoutOfHost.get(noted.hostId)
        // Removed meanwhile.
        if (layout === undefined) continue
        const capacity = capacityOf(noted, layout, noted.sample)
        refuse(noted.hostId, 'refused' in capacity ? capacity.refused : null)
        if ('refused' in capacity) {
          meters.samples.inc({ outcome: 'refused' })
          continue
        }
        const mayWait = !isLast && Date.now() - noted.at.getTime() < holdMs
        if (mayWait && (held.has(noted.hostId) || !capacity.isWhole)) {
          held.add(noted.hostId)
          later.push(noted)
        } else readings.push(capacity.reading)
      }
      await storeAll(readings)
      waiting = [...later, ...waiting]
      if (dropped > 0) log('warn', 'samples were dropped while the database was away', { dropped })
      dropped = 0
    } catch (error) {
      log('warn', 'capacity could not be stored', { samples: taken.length, why: textOf(error) })
      // What of it stands already is the same when it comes again.
      waiting = [...taken, ...waiting]
    }
    bound()
  }
  const tick = () => {
    if (turning !== null || waiting.length === 0) return
    turning = turn(false).finally(() => {
      turning = null
    })
  }
  const timer = setInterval(tick, everyMs)

  return {
    note(hostId, sample) {
      waiting.push({ hostId, at: new Date(), sample })
      bound()
    },
    async stop() {
      clearInterval(timer)
      await turning
      if (waiting.length > 0) await turn(true)
    },
  }
}

/** Data exception or constraint violated: SQLSTATE classes 22 and 23. All others pass, or are ours to mend. */
function isOfData({ code }: DatabaseError): boolean {
  return /^2[23]/.test(code ?? '')
}
