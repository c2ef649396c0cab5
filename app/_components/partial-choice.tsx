import { ON_PARTIAL_WORDS } from '@/app/_lib/kind-words'
import { type PartialPolicy, partialPolicies } from '@/server/plans/vocabulary'
import { ChoiceCard } from './choice-card'

const CHOICES = partialPolicies.map((value) => ({ value, ...ON_PARTIAL_WORDS[value] }))

/** What is to become of a device of which not every block can be taken offline. */
export function PartialChoice({
  onPartial,
  onChoice,
}: {
  onPartial: PartialPolicy
  onChoice: (onPartial: PartialPolicy) => void
}) {
  return (
    <ChoiceCard
      title="If a block does not go"
      meta="memory that is pinned cannot be moved away"
      choices={CHOICES}
      value={onPartial}
      onChoice={onChoice}
    />
  )
}
