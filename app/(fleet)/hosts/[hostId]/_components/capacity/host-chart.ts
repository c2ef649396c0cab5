import type { ChartData, ChartLine, ChartMark } from '@/app/_components/chart/chart-data'
import { formatSignedBytes } from '@/app/_lib/format'
import { jobMark } from '@/app/_lib/states'
import type { HostCapacity } from '@/server/capacity/schema'
import { jobStates } from '@/server/jobs/vocabulary'
import type { PlanKind } from '@/server/plans/vocabulary'

/** The lines that can be laid over the stack, least to most. */
export const LINE_NAMES = ['free', 'available', 'total'] as const
export type LineName = (typeof LINE_NAMES)[number]
export const LINE_WORDS: Record<LineName, string> = { free: 'Free', available: 'Available', total: 'Total' }

const DASHES: Record<LineName, readonly number[]> = { free: [2, 2], available: [6, 3], total: [] }

/** A host's capacity as the chart draws it, with the lines that are asked for. */
export function hostChart(capacity: HostCapacity, lines: readonly LineName[]): ChartData {
  const values: Record<LineName, ChartLine['values']> = {
    free: capacity.freeKib,
    available: capacity.availableKib,
    total: capacity.totalKib,
  }
  const seen = new Map<string, number>()
  return {
    unit: 'kib',
    stepSeconds: capacity.stepSeconds,
    times: capacity.times,
    parts: capacity.parts.map(({ key, label, tier, valuesKib }) => {
      const shade = seen.get(tier) ?? 0
      seen.set(tier, shade + 1)
      return { key, label, fill: tier, shade, values: valuesKib }
    }),
    lines: LINE_NAMES.filter((name) => lines.includes(name)).map((name) => ({
      key: name,
      label: LINE_WORDS[name],
      dash: DASHES[name],
      values: values[name],
    })),
  }
}

/** Runs as marks, at the time their memory was there: each leads to its page. */
export function hostMarks(hostId: string, { marks }: Pick<HostCapacity, 'marks'>): ChartMark[] {
  return marks.map(({ jobId, daxName, kind, state, startedAt, endedAt, gainedBytes }) => ({
    key: jobId,
    atSeconds: Math.floor((endedAt ?? startedAt).getTime() / 1000),
    label: `Run on ${daxName}: ${stateWord(kind, state)}, ${formatSignedBytes(gainedBytes)}`,
    short: formatSignedBytes(gainedBytes),
    href: { pathname: `/hosts/${hostId}`, query: { tab: 'runs', run: jobId } },
  }))
}

function stateWord(kind: PlanKind, state: string): string {
  const known = jobStates.find((each) => each === state)
  return known === undefined ? state : jobMark({ kind, state: known }).word.toLowerCase()
}
