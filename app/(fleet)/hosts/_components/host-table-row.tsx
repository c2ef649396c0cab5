import { clsx } from 'clsx'
import Link from 'next/link'
import { memo, useLayoutEffect, useRef } from 'react'
import { Ago } from '@/app/_components/ago'
import { Bytes } from '@/app/_components/bytes'
import { StatePill } from '@/app/_components/state-pill'
import { TierBar } from '@/app/_components/tier-bar'
import { standingWords } from '@/app/_lib/device-words'
import { hostMark } from '@/app/_lib/states'
import type { HostRow } from '@/server/hosts/schemas/row'
import { HOST_COLUMNS, HOST_GRID } from './host-columns'

const [STATE, NAME, LABELS, KERNEL, MEMORY, CONVERTIBLE, SEEN] = HOST_COLUMNS.map(
  (column) => column.className,
)

/** Drawn again only when its own host changes: scrolling moves rows, it does not redraw them. */
export const HostTableRow = memo(function HostTableRow({
  host,
  index,
  topPx,
  isSelected,
  onToggle,
  onFocus,
}: {
  host: HostRow
  index: number
  topPx: number
  isSelected: boolean
  onToggle: (hostId: string) => void
  onFocus: (index: number) => void
}) {
  const ref = useRef<HTMLTableRowElement>(null)
  useLayoutEffect(() => {
    if (ref.current) ref.current.style.transform = `translateY(${topPx}px)`
  }, [topPx])
  return (
    <tr
      ref={ref}
      aria-rowindex={index + 2}
      data-row={index}
      onFocus={() => onFocus(index)}
      className={clsx(
        HOST_GRID,
        'absolute inset-x-0 top-0 h-[33px] border-line border-b outline-focus -outline-offset-2 focus-within:bg-run-bg hover:bg-bg has-[a:focus-visible]:outline-2',
        isSelected && 'bg-run-bg hover:bg-run-bg',
      )}
    >
      <td className="pl-3.5">
        <input
          type="checkbox"
          aria-label={`Select ${host.name}`}
          checked={isSelected}
          onChange={() => onToggle(host.id)}
          className="block size-3.5 accent-accent"
        />
      </td>
      <td className={clsx(STATE, 'truncate')} title={standingWords(host) || undefined}>
        <StatePill {...hostMark(host)} />
      </td>
      <td
        className={clsx(NAME, 'truncate')}
        title={[host.name, standingWords(host)].filter(Boolean).join(': ')}
      >
        <Link
          prefetch={false}
          href={`/hosts/${host.id}`}
          className="font-mono text-xs outline-none hover:underline"
        >
          {host.name}
        </Link>
        <span className="ml-2 text-ink-3 text-xs max-lg:hidden">{standingWords(host)}</span>
      </td>
      <td className={clsx(LABELS, 'truncate text-ink-2 text-xs')}>
        <Labels labels={host.labels} />
      </td>
      <td className={clsx(KERNEL, 'truncate text-ink-2 text-xs')} title={host.kernelRelease ?? undefined}>
        {host.kernelRelease ?? '–'}
      </td>
      <td className={clsx(MEMORY, 'flex items-center justify-end gap-2.5')}>
        <span className="max-xl:hidden">
          <TierBar shares={host} />
        </span>
        <span className="min-w-[72px]">
          <Bytes value={host.memTotalBytes} />
        </span>
      </td>
      <td className={CONVERTIBLE}>
        {host.convertibleDevices > 0 ? (
          <Bytes value={host.convertibleBytes} />
        ) : (
          <span className="text-ink-3">–</span>
        )}
      </td>
      <td className={clsx(SEEN, 'text-ink-3 text-xs')}>
        <Ago at={host.lastSeenAt} />
      </td>
    </tr>
  )
})

function Labels({ labels }: { labels: Record<string, string> }) {
  const entries = Object.entries(labels)
  return (
    <span title={entries.map(([key, value]) => `${key}=${value}`).join('\n')}>
      {entries.map(([key, value]) => (
        <span
          key={key}
          className="mr-1.5 inline-block rounded-sm border border-line-strong px-1 leading-[18px]"
        >
          <span className="text-ink-3">{key}=</span>
          {value}
        </span>
      ))}
    </span>
  )
}
