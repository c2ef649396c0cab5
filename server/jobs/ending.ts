import type { Inspection, JournalLine, PlanItem, ReadBack } from '@/agents/protocol'
import { lastAttempt, outcomeOf } from './last-attempt'
import type { Ending } from './store'
import { judge } from './verdict'

type Outcome = Extract<JournalLine, { kind: 'outcome' }>

/**
 * How a job ended, from its journal. `seen` is what a look at the host showed where the journal has no outcome (the
 * agent died) or no read-back. Null when neither tells anything: then nothing may be claimed.
 */
export function endingFrom(
  item: PlanItem,
  journal: readonly JournalLine[],
  seen: Inspection | null,
): Ending | null {
  const lines = lastAttempt(journal)
  const outcome = outcomeOf(journal)
  const open = lines.find((line) => line.kind === 'open')
  const wrote = lines.some((line) => line.kind === 'intent')
  const bootId = outcome?.bootId ?? open?.bootId ?? item.invariants.bootId
  const sameBoot = seen === null || seen.host.bootId === bootId
  if (outcome === undefined && seen === null) return null
  if (outcome === undefined && !sameBoot) return restarted(bootId, open)

  const readBack = outcome?.readBack ?? (sameBoot ? readBackOf(item, seen) : null)
  const failed = lines.findLast((line) => line.kind === 'done' && line.errno !== 0)
  const verdict = judge({
    prediction: item.prediction,
    blockSizeBytes: BigInt(item.invariants.blockSizeBytes),
    zone: item.invariants.zone,
    readBack,
    wrote,
    agent: outcome === undefined ? null : agentWord(outcome),
    failedErrno: failed?.kind === 'done' ? failed.errnoName : null,
  })
  const reverted = outcome !== undefined && !sameBoot
  return {
    state: verdict.state,
    message: reverted
      ? `${verdict.message} The host has restarted since: the device is as that start made it.`
      : outcome === undefined
        ? `The agent died before its outcome; this is what the kernel shows. ${verdict.message}`
        : verdict.message,
    next: verdict.next,
    causeCode: verdict.causeCode ?? (outcome === undefined ? 'agent_died' : null),
    ...(verdict.onlineBytes === null ? {} : { onlineBytesAfter: verdict.onlineBytes }),
    ...(open?.kind === 'open' ? { memTotalBytesBefore: BigInt(open.memTotalBytes) } : {}),
    ...memTotalAfter(outcome, sameBoot ? seen : null),
    zoneRead: verdict.zoneRead,
    bootId,
  }
}

function agentWord({ outcome, message, next, refusals }: Outcome) {
  return { outcome, message, next, refusals }
}

function memTotalAfter(outcome: Outcome | undefined, seen: Inspection | null) {
  const bytes = outcome?.readBack?.memTotalBytes ?? seen?.memory.totalBytes
  return bytes === undefined ? {} : { memTotalBytesAfter: BigInt(bytes) }
}

/** The device as an inspection shows it; null when it shows none of this identity. */
function readBackOf(item: PlanItem, seen: Inspection | null): Pick<ReadBack, 'driver' | 'blocks'> | null {
  const device = seen?.devices.find((each) => each.identity.id === item.invariants.deviceId)
  return device === undefined ? null : { driver: device.driver, blocks: device.blocks }
}

function restarted(bootId: string, open: JournalLine | undefined): Ending {
  return {
    state: 'failed',
    message: 'The host restarted before the conversion ended: its devices are as that start made them.',
    next: 'Probe the host, then make a new plan.',
    causeCode: 'host_restarted',
    ...(open?.kind === 'open' ? { memTotalBytesBefore: BigInt(open.memTotalBytes) } : {}),
    bootId,
  }
}
