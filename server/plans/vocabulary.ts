import { ON_PARTIAL } from '@/agents/protocol'

/**
 * What a plan and its job are for: a device becomes system RAM, or its memory is given back; a share of a device that
 * kmem keeps comes online, or goes offline; or a device comes back after each restart of its host, or does so no more.
 */
export const planKinds = ['convert', 'restore', 'online', 'offline', 'persist', 'unpersist'] as const
export type PlanKind = (typeof planKinds)[number]

/** What a rollout is for: whole devices, or a share of each device or of each host. */
export const rolloutKinds = ['convert', 'restore', 'online', 'offline'] as const satisfies readonly PlanKind[]
export type RolloutKind = (typeof rolloutKinds)[number]

/** Of what a rollout's share is so many bytes. */
export const sharePers = ['device', 'host'] as const
export type SharePer = (typeof sharePers)[number]

/** A share of a device that kmem keeps comes or goes. */
export function isOfShare(kind: PlanKind): kind is 'online' | 'offline' {
  return kind === 'online' || kind === 'offline'
}

/** Memory goes, so floors are weighed, and a block that refuses has to be dealt with. */
export function takesAway(kind: PlanKind): kind is 'restore' | 'offline' {
  return kind === 'restore' || kind === 'offline'
}

/** A zone is named where blocks come online, now or after a restart. */
export function needsZone(kind: PlanKind): boolean {
  return kind === 'convert' || kind === 'online' || kind === 'persist'
}

/** What becomes of the blocks that are offline already where another refuses: online again, or left as they are. */
export const partialPolicies = ON_PARTIAL
export type PartialPolicy = (typeof partialPolicies)[number]

/** Of a row, whose column has words for what is still to come; a check constraint keeps those out. */
export function planKindOf({ kind }: { kind: string }): PlanKind {
  return planKinds.find((known) => known === kind) ?? 'convert'
}

/** The same of a rollout's row. */
export function rolloutKindOf({ kind }: { kind: string }): RolloutKind {
  return rolloutKinds.find((known) => known === kind) ?? 'convert'
}
