'use client'

import { useState } from 'react'
import { Button } from '@/app/_components/button'
import { type SignInAnswer, signInByProvider } from '@/app/_lib/session'

/** The other way in: by the identity provider. */
export function ProviderButton({
  name,
  next,
  onRefused,
}: {
  name: string
  /** The page to come back to. */
  next: string
  onRefused: (answer: SignInAnswer | null) => void
}) {
  const [isBusy, setIsBusy] = useState(false)
  const go = async () => {
    setIsBusy(true)
    const answer = await signInByProvider(next)
    onRefused(answer)
    // Without an answer the browser is on its way.
    if (answer !== null) setIsBusy(false)
  }
  return (
    <div className="mt-3.5 grid border-line border-t pt-3.5">
      <Button disabled={isBusy} onClick={() => void go()}>
        {isBusy ? 'One moment…' : `Sign in with ${name}`}
      </Button>
    </div>
  )
}
