import { clsx } from 'clsx'
import { GLYPHS, type Mark, type Tone } from '@/app/_lib/states'

const TONES: Record<Tone, string> = {
  ok: 'text-ok bg-ok-bg',
  run: 'text-run bg-run-bg',
  wait: 'text-wait bg-wait-bg',
  warn: 'text-warn bg-warn-bg',
  fail: 'text-fail bg-fail-bg',
  skip: 'text-ink-3 bg-wait-bg',
  lost: 'text-lost bg-lost-bg',
}
const INKS: Record<Tone, string> = {
  ok: 'text-ok',
  run: 'text-run',
  wait: 'text-wait',
  warn: 'text-warn',
  fail: 'text-fail',
  skip: 'text-ink-3',
  lost: 'text-lost',
}

export function Glyph({ tone, className }: { tone: Tone; className?: string }) {
  return (
    <span
      aria-hidden="true"
      className={clsx(
        'relative -top-px inline-block w-3 text-center text-[10px] leading-none',
        INKS[tone],
        tone === 'run' && 'animate-pulse',
        className,
      )}
    >
      {GLYPHS[tone]}
    </span>
  )
}

/** State as shape, colour and word. */
export function StatePill({ tone, word }: Mark) {
  return (
    <span
      className={clsx(
        'inline-flex items-center gap-[5px] rounded-full pr-[7px] pl-1.5 font-medium text-xs leading-[18px] whitespace-nowrap',
        TONES[tone],
      )}
    >
      <Glyph tone={tone} />
      {word}
    </span>
  )
}
