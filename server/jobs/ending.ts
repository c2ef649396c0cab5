import type {
  FileState,
  Inspection,
  JournalLine,
  PersistItem,
  PlanItem,
  UnpersistItem,
} from '@/agents/protocol'
import { countBlocks } from '@/server/hosts/blocks'
import type { Shown } from './evidence'
import { lastAttempt, outcomeOf } from './last-attempt'
import type { Ending } from './store'
import { judge } from './verdict'

const lastHooks: ReadonlySet<string> = new Set(['post-convert', 'post-restore'])

const restartedBefore: Readonly<Record<PlanItem['kind'], string>> = {
  convert: 'the conversion ended',
  restore: 'it was given back',
  online: 'its blocks were online',
  offline: 'its blocks were offline',
  persist: 'its files were in place',
  unpersist: 'its files were gone',
}

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
  // What was taken up had got its go: where the journal of that was lost, it may have written all the same.
  const wrote = lines.some((line) => line.kind === 'intent' || line.kind === 'recover')
  const bootId = outcome?.bootId ?? open?.bootId ?? item.invariants.bootId
  const sameBoot = seen === null || seen.host.bootId === bootId
  if (outcome === undefined && seen === null) return null
  if (outcome === undefined && !sameBoot) return restarted(item, open, seen)

  const readBack = outcome?.readBack ?? (sameBoot ? readBackOf(item, seen) : null)
  const failed = lines.findLast((line) => line.kind === 'done' && line.errno !== 0)
  const verdict = judge({
    ...askedOf(item),
    readBack,
    wrote,
    agent: outcome === undefined ? null : agentWord(outcome),
    failedErrno: failed?.kind === 'done' ? failed.errnoName : null,
    hookFailed: isHookFailed(lines),
  })
  const reverted = outcome !== undefined && !sameBoot
  const onlineBytes = reverted ? onlineBytesOf(item, seen) : verdict.onlineBytes
  return {
    state: verdict.state,
    message: reverted
      ? `${verdict.message} Reverted at reboot: the host has restarted since, and the device is as that start made it.`
      : outcome === undefined
        ? `The agent died before its outcome; this is what the kernel shows. ${verdict.message}`
        : verdict.message,
    next: verdict.next,
    causeCode: verdict.causeCode ?? (outcome === undefined ? 'agent_died' : null),
    ...(onlineBytes === null ? {} : { onlineBytesAfter: onlineBytes }),
    ...(open?.kind === 'open' ? { memTotalBytesBefore: BigInt(open.memTotalBytes) } : {}),
    ...memTotalAfter(reverted ? undefined : outcome, sameBoot || reverted ? seen : null),
    zoneRead: verdict.zoneRead,
    bootId,
  }
}

/** What the item's approval was for. */
function askedOf(item: PlanItem) {
  const blockSizeBytes = BigInt(item.invariants.blockSizeBytes)
  if (item.kind === 'convert')
    return { kind: item.kind, blockSizeBytes, prediction: item.prediction, zone: item.invariants.zone }
  if (item.kind === 'persist' || item.kind === 'unpersist')
    return { kind: item.kind, blockSizeBytes, files: item.files }
  const before = item.preconditions.blocks
  if (item.kind === 'restore') return { kind: item.kind, blockSizeBytes, before }
  const share = item.share.blocks
  return item.kind === 'online'
    ? { kind: item.kind, blockSizeBytes, before, share, zone: item.invariants.zone }
    : { kind: item.kind, blockSizeBytes, before, share }
}

/** The hook after the last write began and did not end well; without an end it did not either. */
function isHookFailed(lines: readonly JournalLine[]): boolean {
  const last = lines.findLast((line) => line.kind === 'step' && lastHooks.has(line.step))
  return last?.kind === 'step' && last.state !== 'done'
}

function agentWord({ outcome, message, next, refusals }: Outcome) {
  return { outcome, message, next, refusals }
}

function memTotalAfter(outcome: Outcome | undefined, seen: Inspection | null) {
  const bytes = outcome?.readBack?.memTotalBytes ?? seen?.memory.totalBytes
  return bytes === undefined ? {} : { memTotalBytesAfter: BigInt(bytes) }
}

/** The device as an inspection shows it; null when it shows none of this identity. */
function readBackOf(item: PlanItem, seen: Inspection | null): Shown | null {
  if (item.kind === 'persist' || item.kind === 'unpersist') return filesOf(item, seen)
  const device = seen?.devices.find((each) => each.identity.id === item.invariants.deviceId)
  return device === undefined ? null : { driver: device.driver, blocks: device.blocks }
}

/**
 * The item's files as an inspection tells of them, digests and all. Of a device's own file one that is not told of is not
 * there. An inspection that tells no files says nothing of them.
 */
function filesOf(item: PersistItem | UnpersistItem, seen: Inspection | null): Shown | null {
  const persistence = seen?.persistence
  const told = persistence?.files
  if (persistence === undefined || told === undefined) return null
  const files = item.files.map(
    ({ path }): FileState => told.find((file) => file.path === path) ?? { path, is: 'absent', sha256: null },
  )
  return { driver: null, blocks: [], files, filesFault: item.kind === 'persist' ? persistence.fault : null }
}

/** Blocks of the device that read online now × block size: what an earlier boot had counts for nothing. */
function onlineBytesOf(item: PlanItem, seen: Inspection | null): bigint {
  const blocks = readBackOf(item, seen)?.blocks ?? []
  return BigInt(countBlocks(blocks).online) * BigInt(item.invariants.blockSizeBytes)
}

/** What of it a start did by itself, in words. */
function cameUp(item: PlanItem): string {
  if (item.kind === 'persist') return 'all its files are in place'
  if (item.kind === 'unpersist') return 'its files are gone'
  return 'zone' in item.invariants
    ? 'its own configuration brought the memory online'
    : 'came up without that memory'
}

/** No outcome in the boot it began in. Where that start made the device as it was to be, there is nothing to redo. */
function restarted(item: PlanItem, open: JournalLine | undefined, seen: Inspection | null): Ending {
  const { state, message, zoneRead } = judge({
    ...askedOf(item),
    readBack: readBackOf(item, seen),
    wrote: false,
    agent: null,
    failedErrno: null,
    hookFailed: false,
  })
  const began = open?.kind === 'open' ? open : null
  const figures = {
    ...(began === null ? {} : { memTotalBytesBefore: BigInt(began.memTotalBytes) }),
    ...memTotalAfter(undefined, seen),
    onlineBytesAfter: onlineBytesOf(item, seen),
    bootId: began?.bootId ?? item.invariants.bootId,
  }
  if (state === 'already') {
    return {
      state,
      message: `The host restarted before ${restartedBefore[item.kind]}, and ${cameUp(item)}: ${message}`,
      next: '',
      causeCode: 'host_restarted',
      zoneRead,
      ...figures,
    }
  }
  return {
    state: 'failed',
    message: `The host restarted before ${restartedBefore[item.kind]}: its devices are as that start made them.`,
    next: 'Make a new plan.',
    causeCode: 'host_restarted',
    ...figures,
  }
}
