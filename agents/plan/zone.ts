import { idsOf, inSpans } from '../lib/spans'
import type { BlockRun, Prediction, Refusal, Zone } from '../protocol'
import type { AutoOnline } from '../read/auto-online'

/** Whether an online block sits in the zone asked, by what valid_zones reads for it; `policy` takes any. */
function isInZone(zones: string, zone: Zone): boolean {
  if (zone === 'policy') return true
  if (zone === 'movable') return zones === 'Movable'
  return /^(Normal|DMA32|DMA)$/.test(zones)
}

/** The predicted blocks by what they read now. */
export interface BlockTally {
  online: number[]
  inZone: number[]
  notOnline: number[]
}

export function tally(
  runs: readonly BlockRun[],
  prediction: Pick<Prediction, 'blocks'>,
  zone: Zone,
): BlockTally {
  const sums: BlockTally = { online: [], inZone: [], notOnline: [] }
  const seen = new Set<number>()
  for (const run of runs) {
    for (let id = run.first; id <= run.last; id++) {
      if (run.state !== 'online' || !inSpans(prediction.blocks, id)) continue
      seen.add(id)
      sums.online.push(id)
      if (isInZone(run.zones, zone)) sums.inZone.push(id)
    }
  }
  for (const id of idsOf(prediction.blocks)) if (!seen.has(id)) sums.notOnline.push(id)
  return sums
}

const wanted = (zone: Zone) => `online_${zone}`

/**
 * Movable (or kernel) asked where the kernel or a udev rule would online the new blocks elsewhere, before our write
 * could: refused, for a block in the wrong zone cannot be promised to come back.
 */
export function zoneConflict(zone: Zone, { report, udevRunning }: AutoOnline): Refusal | null {
  if (zone === 'policy') return null
  const next =
    'Set auto_online_blocks to offline for the time of the conversion, or ask for the zone `policy`.'
  if (report.policy.startsWith('online') && report.policy !== wanted(zone)) {
    return {
      code: 'auto_online_conflict',
      message: `Zone ${zone} was asked, but this kernel onlines new memory by itself (auto_online_blocks is ${report.policy}).`,
      next,
    }
  }
  if (!udevRunning) return null
  for (const { file, writes, acts } of report.udevRules) {
    if (acts === 'no' || writes === wanted(zone)) continue
    return {
      code: 'auto_online_conflict',
      message: `Zone ${zone} was asked, but the udev rule in ${file} acts on new memory blocks.`,
      next: 'Disable that rule for the time of the conversion, or ask for the zone `policy`.',
    }
  }
  return null
}
