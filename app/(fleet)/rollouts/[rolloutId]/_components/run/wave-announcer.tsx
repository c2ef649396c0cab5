'use client'

import { useEffect, useRef, useState } from 'react'
import { ROLLOUT_MARKS } from '@/app/_lib/rollout-states'
import { waveName } from '@/app/_lib/rollout-words'
import type { RolloutDetail } from '@/server/rollouts/schema'
import type { RolloutProgress } from '@/server/rollouts/views/progress-schema'

/** Read out by screen readers when the wave or the state changes, and at nothing else. */
export function WaveAnnouncer({ rollout, progress }: { rollout: RolloutDetail; progress: RolloutProgress }) {
  const { state, wave, waves, reasonText, holds } = progress
  const gate = holds.find(({ type }) => type === 'soak' || type === 'check')?.type
  const key = `${state} ${wave} ${gate ?? ''}`
  const before = useRef(key)
  const [said, setSaid] = useState('')
  useEffect(() => {
    if (before.current === key) return
    before.current = key
    const name = `${waveName(wave, rollout.policy)} of ${waves.length}`
    if (state !== 'running') setSaid(`${ROLLOUT_MARKS[state].word}. ${reasonText}`)
    else if (gate === 'soak') setSaid(`${name} soaks.`)
    else if (gate === 'check') setSaid(`${name} is looked at again.`)
    else setSaid(`${name} runs.`)
  }, [key, gate, reasonText, rollout.policy, state, wave, waves.length])
  return (
    <div aria-live="polite" className="sr-only">
      {said}
    </div>
  )
}
