import type { z } from 'zod'
import type { Queryable } from '@/server/lib/pg'
import { STEP_MS } from './chunks'
import { readSamples, readSteps } from './history'
import { readMarks } from './marks'
import { type Part, type Place, partsOf, readPlace } from './parts'
import { divisionOf, niceStep } from './resolution'
import type { HostCapacity, hostCapacityInput } from './schema'
import { hostKey, seriesOf } from './series-keys'
import { coarsen, gather, type Steps } from './steps'
import type { HostDivision, Resolution } from './vocabulary'

type Input = z.infer<typeof hostCapacityInput>

/** Ms: finer than any two readings lie apart, so that each is a step of its own. */
const EACH_MS = 1

/** A host's memory over a time, as finely as asked for and as it is kept. Null for a host that is not there. */
export async function readHostChart(pg: Queryable, input: Input): Promise<HostCapacity | null> {
  const place = await readPlace(pg, input.hostId)
  if (place === null) return null
  const marks = await readMarks(pg, input)
  const points = await readPoints(pg, input, place)
  return { ...drawn(points, partsOf(input.by, place, points.steps), input), marks, latestAt: place.latestAt }
}

interface Points {
  resolution: Resolution
  stepMs: number
  /** A longer way from one point to the next is a gap, which begins so long after the first. */
  holdMs: number
  steps: Steps
}

async function readPoints(pg: Queryable, input: Input, place: Place): Promise<Points> {
  const [fromMs, toMs] = [input.from.getTime(), input.to.getTime()]
  const { silentAfterMs } = place
  const pauseMs = Math.round(silentAfterMs / 3)
  const { resolution, stepMs } = divisionOf(
    { fromMs, toMs, maxPoints: input.maxPoints },
    pauseMs,
    place.nowMs,
  )
  if (resolution !== 'raw') {
    const range = { hostId: input.hostId, fromMs: Math.floor(fromMs / stepMs) * stepMs, toMs, resolution }
    const steps = await readSteps(pg, range, isWantedFor(input.by))
    return {
      resolution,
      stepMs,
      holdMs: stepMs,
      steps: stepMs === STEP_MS[resolution] ? steps : coarsen(steps, stepMs),
    }
  }
  // What was so when the range begins was said before it.
  const samples = await readSamples(pg, { hostId: input.hostId, fromMs: fromMs - silentAfterMs, toMs })
  const first = Math.max(
    0,
    samples.findLastIndex(({ atMs }) => atMs <= fromMs),
  )
  const steps = gather(samples.slice(first), EACH_MS)
  if (steps.times.length <= input.maxPoints) return { resolution, stepMs, holdMs: silentAfterMs, steps }
  // Read more often than usual, as while something converts.
  const coarseMs = niceStep((toMs - fromMs) / Math.max(1, input.maxPoints - 2))
  return { resolution, stepMs: coarseMs, holdMs: coarseMs, steps: coarsen(steps, coarseMs) }
}

/** Keys of the series a chart is made of: the others of a chunk are passed over unread. */
function isWantedFor(by: HostDivision): (key: number) => boolean {
  return (key) => {
    const series = seriesOf(key)
    if (series === null) return false
    if (series.of === 'host') return series.name !== 'convertible' && series.name !== 'lost'
    return series.of === by && !(series.of === 'node' && series.name === 'free')
  }
}

/** The points with a null where nobody heard from the host. */
function drawn({ resolution, stepMs, holdMs, steps }: Points, parts: readonly Part[], { from, to }: Input) {
  /** Indices of the points; null stands for a gap. */
  const order: { at: number | null; timeMs: number }[] = []
  steps.times.forEach((timeMs, at) => {
    const before = order.at(-1)
    if (before !== undefined && timeMs - before.timeMs > holdMs)
      order.push({ at: null, timeMs: before.timeMs + holdMs })
    order.push({ at, timeMs: Math.max(timeMs, from.getTime()) })
  })
  const last = order.at(-1)
  const nowMs = Math.min(to.getTime(), Date.now())
  if (last !== undefined && nowMs - last.timeMs > 2 * holdMs)
    order.push({ at: null, timeMs: last.timeMs + holdMs })
  const column = (values: readonly number[]) =>
    order.map(({ at }) => (at === null ? null : (values[at] ?? 0)))
  const ofHost = (name: 'total' | 'free' | 'available', aspect: 'last' | 'low') =>
    column(steps.series.get(hostKey(name))?.[aspect] ?? [])
  return {
    resolution,
    stepSeconds: Math.max(1, Math.round(stepMs / 1000)),
    times: order.map(({ timeMs }) => timeMs / 1000),
    parts: parts.map(({ values, ...part }) => ({ ...part, valuesKib: column(values) })),
    totalKib: ofHost('total', 'last'),
    freeKib: ofHost('free', 'low'),
    availableKib: ofHost('available', 'low'),
  }
}
