import type { LiveState } from '@/app/_lib/live-stream'
import { Glyph } from '../state-pill'

export function ConnectionBanner({ state }: { state: LiveState }) {
  return (
    <div role="status">
      {state === 'lost' ? (
        <div className="flex items-center gap-2 border-lost/30 border-b bg-lost-bg px-5 py-1.5">
          <Glyph tone="lost" />
          <span>
            <span className="font-semibold">No live connection.</span> What you see may be old; the page
            connects again by itself.
          </span>
        </div>
      ) : null}
    </div>
  )
}
