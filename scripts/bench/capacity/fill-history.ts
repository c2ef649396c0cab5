import type { Pool } from 'pg'
import { type Chunk, chunkStart, STEP_MS, writeChunks } from '@/server/capacity/chunks'
import { packSamples } from '@/server/capacity/raw-chunk'
import { KEPT_DAYS } from '@/server/capacity/retention-times'
import { packSample, type Sample } from '@/server/capacity/sample'
import { sealBefore } from '@/server/capacity/seal'
import { type Span, type Tip, totalsOf, turnAt } from '@/server/capacity/spans'
import { gather, packSteps } from '@/server/capacity/steps'
import { type HostUpdate, writeHead, writeLatest, writeSpans } from '@/server/capacity/write-readings'
import { inTransaction } from '@/server/lib/pg'
import { asReading } from './as-reading'
import type { FilledHost } from './fill-hosts'

const SILENT_MS = 90_000
const DAY_MS = 86_400_000

/**
 * A host's history as recording and sealing would have left it, made by the same code without the way through the head.
 * Answers how many readings there were.
 */
export async function fillHistory(pg: Pool, host: FilledHost, nowMs: number): Promise<number> {
  const sealedMs = sealBefore(nowMs)
  const chunks: Chunk[] = []
  const spans: Span[] = []
  const head: HostUpdate['head'] = []
  let tip: Tip | null = null
  let latest: Sample | null = null
  let readings = 0
  const open = {
    raw: [] as Sample[],
    fiveMinutes: [] as Sample[],
    hour: [] as Sample[],
  }
  const close = (resolution: keyof typeof open) => {
    const samples = open[resolution]
    open[resolution] = []
    const startMs = chunkStart(resolution, samples[0]?.atMs ?? 0)
    if (samples.length === 0 || startMs < nowMs - KEPT_DAYS[resolution] * DAY_MS) return
    const data = resolution === 'raw' ? packSamples(samples) : packSteps(gather(samples, STEP_MS[resolution]))
    chunks.push({ hostId: host.hostId, resolution, startMs, data })
  }
  for (const sample of host.model.samples()) {
    readings += 1
    const next = { atMs: sample.atMs, totals: totalsOf(sample) }
    const turn = turnAt(tip, next, SILENT_MS)
    if (turn !== null) {
      const before = spans.at(-1)
      if (before !== undefined) before.untilMs = turn.closeAtMs
      spans.push(turn.opened)
    }
    tip = next
    latest = sample
    if (sample.atMs >= sealedMs) {
      head.push({ atMs: sample.atMs, packed: packSample(sample) })
      continue
    }
    for (const resolution of ['raw', 'fiveMinutes', 'hour'] as const) {
      const [first] = open[resolution]
      if (first !== undefined && chunkStart(resolution, sample.atMs) !== chunkStart(resolution, first.atMs))
        close(resolution)
      open[resolution].push(sample)
    }
  }
  for (const resolution of ['raw', 'fiveMinutes', 'hour'] as const) close(resolution)
  if (latest === null || tip === null) return 0
  const update: HostUpdate = {
    hostId: host.hostId,
    isNew: true,
    devices: [{ identity: host.identity, tier: host.model.tier }],
    latest: { reading: asReading(host, latest), packed: packSample(latest), totals: tip.totals },
    silentAfterMs: SILENT_MS,
    head,
    closeAtMs: null,
    spans,
    unsealedSinceMs: head[0]?.atMs ?? nowMs,
    lateSinceMs: null,
  }
  await inTransaction(pg, async (client) => {
    await writeLatest(client, [update])
    await writeHead(client, [update])
    await writeSpans(client, [update])
    await writeChunks(client, chunks)
  })
  return readings
}
