'use client'

import { useState } from 'react'
import { TextField } from './field'

/** A phrase that is typed, not clicked: it names action and scope, so that hands and head agree. */
export function PhraseField({ phrase, onMatch }: { phrase: string; onMatch: (matches: boolean) => void }) {
  const [typed, setTyped] = useState('')
  return (
    <TextField
      mono
      autoComplete="off"
      autoCapitalize="off"
      spellCheck={false}
      label={
        <>
          Type{' '}
          <code className="rounded-sm bg-wait-bg px-1 font-mono font-medium text-xs select-all">
            {phrase}
          </code>{' '}
          to go on
        </>
      }
      value={typed}
      onChange={(event) => {
        setTyped(event.target.value)
        onMatch(event.target.value.trim() === phrase)
      }}
    />
  )
}
