'use client'

import { useState } from 'react'
import { ActButton } from '@/app/_components/act-button'
import { type Control, controlWords, isEndedRollout } from '@/app/_lib/rollout-controls'
import type { RolloutDetail } from '@/server/rollouts/schema'
import type { RolloutProgress } from '@/server/rollouts/views/progress-schema'
import { ControlDialog } from './control-dialog'

/** What an operator can tell the rollout. What is not possible now stays in view and says why. */
export function RunControls({ rollout, progress }: { rollout: RolloutDetail; progress: RolloutProgress }) {
  const [open, setOpen] = useState<Control | null>(null)
  const { state } = progress
  const isEnded = isEndedRollout(state)
  const controls: Control[] = isEnded
    ? ['resume', 'retryFailed']
    : [state === 'paused' ? 'resume' : 'pause', 'retryFailed', 'stop', 'abort']
  return (
    <div className="flex flex-wrap items-center gap-2">
      {controls.map((control) => {
        const words = controlWords(control, progress)
        const isFirst = control === 'resume' && words.blocked === null
        return (
          <ActButton
            does={`rollouts.${control}`}
            key={control}
            look={words.danger ? 'danger' : isFirst ? 'primary' : 'plain'}
            blocked={words.blocked}
            onClick={() => setOpen(control)}
          >
            {words.label}
          </ActButton>
        )
      })}
      {open === null ? null : (
        <ControlDialog rollout={rollout} progress={progress} control={open} onClose={() => setOpen(null)} />
      )}
    </div>
  )
}
