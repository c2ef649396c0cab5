import type { PlanKind, RolloutKind } from './vocabulary'

/** The verb of an approval, as it is typed. */
const verbs: Readonly<Record<Exclude<PlanKind, 'online' | 'offline'>, string>> = {
  convert: 'convert',
  restore: 'give back',
  persist: 'keep',
  unpersist: 'stop keeping',
}

/**
 * What an approver types: it names the device and the host, of a share also how much, so that no reflex can approve the
 * wrong one.
 */
export function approvalPhrase(
  kind: PlanKind,
  daxName: string,
  hostName: string,
  shareBytes: bigint | null,
): string {
  if (kind === 'online') return `bring ${size(shareBytes)} of ${daxName} online on ${hostName}`
  if (kind === 'offline') return `give back ${size(shareBytes)} of ${daxName} on ${hostName}`
  return `${verbs[kind]} ${daxName} on ${hostName}`
}

/** To the byte, and short enough to be typed: blocks are whole MiB. */
function size(bytes: bigint | null): string {
  const mib = (bytes ?? 0n) / 1024n ** 2n
  return mib % 1024n === 0n ? `${mib / 1024n} GiB` : `${mib} MiB`
}

/**
 * The same for many: it says how much, so that no reflex can approve more than was meant. Of shares that is `bytes`, all of
 * them together.
 */
export function rolloutPhrase(kind: RolloutKind, devices: number, hosts: number, bytes: bigint): string {
  const of = `${devices} ${devices === 1 ? 'device' : 'devices'}`
  const on = `on ${hosts} ${hosts === 1 ? 'host' : 'hosts'}`
  if (kind === 'online') return `bring ${size(bytes)} of ${of} online ${on}`
  if (kind === 'offline') return `give back ${size(bytes)} of ${of} ${on}`
  return `${verbs[kind]} ${of} ${on}`
}
