import { formatCount, plural } from '@/app/_lib/format'
import { waveName } from '@/app/_lib/rollout-words'
import type { RolloutDetail } from '@/server/rollouts/schema'

interface Wave {
  wave: number
  hosts: number
  devices: number
  hostNames: readonly string[]
  groups: number
}

/** Waves of a list of many are alike from here on: the first and the last are shown, the rest counted. */
const SHOWN = 8

/** Which hosts come in which wave: how many, and the first of them by name. */
export function WaveList({
  waves,
  policy,
}: {
  waves: readonly Wave[]
  policy: Pick<RolloutDetail['policy'], 'canaryHosts' | 'spreadByLabel'>
}) {
  const total = waves.reduce((sum, { hosts }) => sum + hosts, 0)
  const hidden = waves.length > SHOWN ? waves.slice(SHOWN - 1, -1) : []
  const last = waves.at(-1)
  const shown = hidden.length > 0 && last ? [...waves.slice(0, SHOWN - 1), last] : waves
  return (
    <ol className="grid gap-1">
      {shown.map((wave, at) => (
        <li key={wave.wave} className="grid gap-1">
          {hidden.length > 0 && at === shown.length - 1 ? (
            <span className="text-ink-3 text-xs">
              {plural(hidden.length, 'more wave')} of{' '}
              {plural(
                hidden.reduce((sum, { hosts }) => sum + hosts, 0),
                'host',
              )}
            </span>
          ) : null}
          <div className="grid grid-cols-[64px_72px_minmax(0,1fr)] items-baseline gap-x-2">
            <span className="font-medium">{waveName(wave.wave, policy)}</span>
            <span>{plural(wave.hosts, 'host')}</span>
            <span className="truncate text-ink-3 text-xs" title={wave.hostNames.join(' ')}>
              {share(wave.hosts, total)}
              {wave.groups > 0 ? ` · ${formatCount(wave.groups)} × ${policy.spreadByLabel}` : ''}
              {' · '}
              <span className="font-mono">{wave.hostNames.join(' ')}</span>
              {wave.hosts > wave.hostNames.length ? ' …' : ''}
            </span>
          </div>
        </li>
      ))}
    </ol>
  )
}

function share(hosts: number, total: number): string {
  const percent = (hosts * 100) / total
  return percent < 1 ? '< 1 %' : `${Math.round(percent)} %`
}
