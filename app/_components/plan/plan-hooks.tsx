import { formatDuration } from '@/app/_lib/format'
import type { PlanView } from '@/server/plans/schema'

/** The host's own programs that run around the writes, as they lay there when the plan was made. */
export function PlanHooks({ hooks }: { hooks: PlanView['hooks'] }) {
  return (
    <div className="grid gap-1 text-ink-2">
      <p>
        <span className="font-medium text-ink">Hooks: </span>
        programs on the host that its agent runs as root. Another one in their place voids this plan.
      </p>
      <ul aria-label="Hooks" className="grid gap-0.5 text-xs">
        {hooks.map(({ phase, path, sha256, deadlineSeconds }) => (
          <li key={phase} className="break-words">
            {WHEN[phase]}: <span className="font-mono">{path}</span>, SHA-256{' '}
            <span className="font-mono" title={sha256}>
              {sha256.slice(0, 16)}
            </span>
            , killed after {formatDuration(deadlineSeconds * 1000)}
          </li>
        ))}
      </ul>
    </div>
  )
}

const WHEN: Readonly<Record<PlanView['hooks'][number]['phase'], string>> = {
  'pre-convert': 'Before the first write, which it can forbid',
  'post-convert': 'After the last write',
  'pre-restore': 'Before the first write, which it can forbid',
  'post-restore': 'After the last write',
}
