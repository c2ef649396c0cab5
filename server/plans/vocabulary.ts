import { ON_PARTIAL } from '@/agents/protocol'

/** What a plan, its job or a rollout is for: a device becomes system RAM, or its memory is given back. */
export const planKinds = ['convert', 'restore'] as const
export type PlanKind = (typeof planKinds)[number]

/** What becomes of the blocks that are offline already where another refuses: online again, or left as they are. */
export const partialPolicies = ON_PARTIAL
export type PartialPolicy = (typeof partialPolicies)[number]

/** Of a row, whose column has words for what is still to come; a check constraint keeps those out. */
export function planKindOf({ kind }: { kind: string }): PlanKind {
  return kind === 'restore' ? 'restore' : 'convert'
}
