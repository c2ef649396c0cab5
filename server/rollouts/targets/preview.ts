import type { z } from 'zod'
import type { ServiceContext } from '@/server/lib/service-context'
import { groupOf, splitIntoWaves } from '../machine/waves'
import { readTargets } from './fleet-targets'
import type { PreviewOutput, previewInput } from './preview-schema'
import { type Exclusion, type Resolved, resolveTargets } from './resolve'
import { parseSelector } from './selector'

/** What is shown of a long list at once: enough to see whether it is the right one. */
const shownTargets = 100
export const shownExclusions = 25
const shownHosts = 6
const shownSpreads = 5

type Preview = Extract<PreviewOutput, { type: 'resolved' }>

/** What a selector names now, and what of it would be left out; nothing is saved. */
export async function previewTargets(
  ctx: Pick<ServiceContext, 'pg'>,
  { selector: text, kind, share, policy }: z.infer<typeof previewInput>,
): Promise<PreviewOutput> {
  const parsed = parseSelector(text)
  if (!parsed.ok) return { type: 'fault', fault: parsed.fault }
  const resolved = resolveTargets(parsed.selector, await readTargets(ctx.pg), { kind, share })
  const devices = resolved.targets.flatMap((target) => target.devices)
  const label = policy?.spreadByLabel ?? null
  return {
    type: 'resolved',
    hosts: resolved.targets.length,
    devices: devices.length,
    sizeBytes: devices.reduce((sum, { sizeBytes }) => sum + sizeBytes, 0n),
    usableBytes: devices.reduce((sum, { usableBytes }) => sum + usableBytes, 0n),
    kinds: kindsOf(devices),
    targets: resolved.targets.slice(0, shownTargets).map(({ host, devices: taken }) => ({
      hostId: host.hostId,
      hostName: host.name,
      devices: taken.map(({ deviceId, daxName, kind, usableBytes }) => ({
        deviceId,
        daxName,
        kind,
        usableBytes,
      })),
    })),
    excluded: resolved.exclusions.length,
    exclusions: byReason(resolved.exclusions),
    unknownHosts: resolved.unknownHosts,
    refusal: refusalOf(resolved),
    waves: policy === undefined ? [] : wavesOf(resolved, policy),
    groups: countGroups(
      resolved.targets.map(({ host }) => host),
      label,
    ),
    spreads: spreadsOf(resolved.targets.map(({ host }) => host)),
  }
}

/** Why no rollout is made of this; null when one may be. Nothing that matches is never a success. */
export function refusalOf({ targets, exclusions, unknownHosts }: Resolved): Preview['refusal'] {
  if (unknownHosts.length > 0) {
    const some = unknownHosts.slice(0, 5).join(', ')
    const more = unknownHosts.length > 5 ? ` and ${unknownHosts.length - 5} more` : ''
    return {
      message: `No host is called ${some}${more}.`,
      next: 'Correct the names, or add the hosts first.',
    }
  }
  if (targets.length > 0) return null
  if (exclusions.length === 0)
    return {
      message: 'The selector matches no device.',
      next: 'Look at the hosts page for what there is.',
    }
  return {
    message: `Everything it matches is left out: ${exclusions.length} of ${exclusions.length}.`,
    next: 'Look at the reasons.',
  }
}

/**
 * Labels to spread over, as racks are. One that has a value of its own on every host is a name and spreads nothing.
 */
export function spreadsOf(
  hosts: readonly { labels: Readonly<Record<string, string>> }[],
): Preview['spreads'] {
  const found = new Map<string, { values: Set<string>; hosts: number }>()
  for (const { labels } of hosts)
    for (const [label, value] of Object.entries(labels)) {
      const known = found.get(label) ?? { values: new Set(), hosts: 0 }
      known.values.add(value)
      found.set(label, { values: known.values, hosts: known.hosts + 1 })
    }
  return [...found]
    .map(([label, { values, hosts }]) => ({ label, values: values.size, hosts }))
    .filter(({ values, hosts }) => values > 1 && values < hosts)
    .toSorted((a, b) => b.hosts - a.hosts || b.values - a.values || a.label.localeCompare(b.label))
    .slice(0, shownSpreads)
}

function kindsOf(devices: readonly { kind: string; usableBytes: bigint }[]): Preview['kinds'] {
  const kinds = new Map<string, Preview['kinds'][number]>()
  for (const { kind, usableBytes } of devices) {
    const known = kinds.get(kind) ?? { kind, devices: 0, usableBytes: 0n }
    kinds.set(kind, { kind, devices: known.devices + 1, usableBytes: known.usableBytes + usableBytes })
  }
  return [...kinds.values()].toSorted((a, b) => b.devices - a.devices)
}

function byReason(exclusions: readonly Exclusion[]): Preview['exclusions'] {
  const groups = new Map<Exclusion['reason'], Exclusion[]>()
  for (const each of exclusions) {
    const known = groups.get(each.reason)
    if (known === undefined) groups.set(each.reason, [each])
    else known.push(each)
  }
  return [...groups]
    .map(([reason, of]) => ({
      reason,
      hosts: new Set(of.map(({ hostId }) => hostId)).size,
      entries: of.length,
      examples: of.slice(0, shownExclusions),
    }))
    .toSorted((a, b) => b.entries - a.entries)
}

function wavesOf(
  { targets }: Pick<Resolved, 'targets'>,
  policy: NonNullable<z.infer<typeof previewInput>['policy']>,
): Preview['waves'] {
  const byId = new Map(targets.map((target) => [target.host.hostId, target]))
  const listed = targets.map(({ host }) => ({
    hostId: host.hostId,
    group: groupOf(host.labels, policy.spreadByLabel),
  }))
  return splitIntoWaves(listed, policy).map((hostIds, wave) => {
    const taken = hostIds.flatMap((hostId) => byId.get(hostId) ?? [])
    return {
      wave,
      hosts: taken.length,
      devices: taken.reduce((sum, { devices }) => sum + devices.length, 0),
      hostNames: taken.slice(0, shownHosts).map(({ host }) => host.name),
      groups: countGroups(
        taken.map(({ host }) => host),
        policy.spreadByLabel,
      ),
    }
  })
}

function countGroups(
  hosts: readonly { labels: Readonly<Record<string, string>> }[],
  label: string | null,
): number {
  const values = hosts.map(({ labels }) => groupOf(labels, label)).filter((value) => value !== null)
  return new Set(values).size
}
