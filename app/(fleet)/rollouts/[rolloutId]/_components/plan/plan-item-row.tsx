import { clsx } from 'clsx'
import { ChevronRight } from 'lucide-react'
import Link from 'next/link'
import { Bytes } from '@/app/_components/bytes'
import { Identity } from '@/app/_components/identity'
import { StatePill } from '@/app/_components/state-pill'
import { Td, Tr } from '@/app/_components/table'
import { ITEM_MARKS } from '@/app/_lib/rollout-states'
import { hazardWords, waveName } from '@/app/_lib/rollout-words'
import type { RolloutDetail } from '@/server/rollouts/schema'
import type { PlanItemRow as Item } from '@/server/rollouts/views/plan-schema'

/** One device; pressed, it shows the very writes. */
export function PlanItemRow({
  item,
  short,
  policy,
  isOpen,
  onToggle,
}: {
  item: Item
  short: string
  policy: RolloutDetail['policy']
  isOpen: boolean
  onToggle: () => void
}) {
  const hazards = item.hazards.map(({ code }) => hazardWords(code)).join(', ')
  return (
    <Tr className={clsx(isOpen ? 'bg-run-bg' : 'hover:bg-bg')}>
      <Td>
        {item.state === 'planned' && item.wave !== null ? (
          waveName(item.wave, policy)
        ) : (
          <StatePill {...ITEM_MARKS[item.state]} />
        )}
      </Td>
      <Td>
        <Link
          href={`/hosts/${item.hostId}`}
          prefetch={false}
          className="rounded-sm font-mono text-xs hover:underline"
        >
          {item.hostName}
        </Link>
      </Td>
      <Td>
        <button
          type="button"
          aria-expanded={isOpen}
          onClick={onToggle}
          className="inline-flex items-center gap-1 rounded-sm font-mono text-xs underline decoration-line-strong underline-offset-4 hover:decoration-accent"
        >
          <ChevronRight size={12} aria-hidden="true" className={clsx('text-ink-3', isOpen && 'rotate-90')} />
          {item.daxName}
        </button>
      </Td>
      <Td label="Kind">{item.kind}</Td>
      <Td label="Identity">
        <Identity whole={item.identity} short={short} />
      </Td>
      <Td label="Gain" className="text-right">
        <Bytes value={item.state === 'excluded' ? null : item.gainBytes} signed />
      </Td>
      <Td label="Lost" className="text-right text-ink-2">
        <Bytes value={item.lostBytes} />
      </Td>
      <Td label="Page structures" className="text-right text-ink-2">
        <Bytes value={item.memmapBytes} />
      </Td>
      <Td label="Reversible" title={item.reversible?.why}>
        {item.reversible === null ? (
          <span className="text-ink-3">–</span>
        ) : item.reversible.yes ? (
          'yes'
        ) : (
          'no'
        )}
      </Td>
      {item.state === 'excluded' ? (
        <Td wide className="w-full max-w-0 truncate text-ink-3 text-xs" title={item.message}>
          {item.message}
        </Td>
      ) : (
        <Td wide className="w-full max-w-0 truncate text-ink-2 text-xs" title={hazards}>
          {hazards || <span className="text-ink-3">none named</span>}
        </Td>
      )}
    </Tr>
  )
}
