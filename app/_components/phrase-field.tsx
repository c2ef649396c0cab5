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
      label="Type this phrase to go on"
      hint={<code className="font-mono text-ink select-all">{phrase}</code>}
      value={typed}
      onChange={(event) => {
        setTyped(event.target.value)
        onMatch(event.target.value.trim() === phrase)
      }}
    />
  )
}
