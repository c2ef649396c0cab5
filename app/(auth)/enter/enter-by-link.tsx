'use client'

import { useEffect, useRef, useState } from 'react'
import { ButtonLink } from '@/app/_components/button'
import { Card, CardBody } from '@/app/_components/card'
import { CommandLine } from '@/app/_components/command-line'
import { FaultNote } from '@/app/_components/fault-note'
import { type SignInAnswer, signInByLink } from '@/app/_lib/session'

/**
 * Where a one-time sign-in link leads. The token is in the fragment, so only the page itself can read it, and nothing
 * that merely looks at the link (a chat program's preview, a prefetch) uses it up.
 */
export function EnterByLink() {
  const [answer, setAnswer] = useState<SignInAnswer | null>(null)
  const hasAsked = useRef(false)
  useEffect(() => {
    if (hasAsked.current) return
    hasAsked.current = true
    const token = window.location.hash.slice(1)
    window.history.replaceState(null, '', window.location.pathname)
    void signInByLink(token).then((given) => {
      if (given.type === 'in') window.location.replace('/')
      else setAnswer(given)
    })
  }, [])

  if (answer?.type !== 'refused')
    return (
      <p role="status" className="text-ink-2 text-lead">
        Signing in…
        <noscript> This page needs JavaScript.</noscript>
      </p>
    )
  return (
    <Card title={<span className="text-lead">Not signed in</span>}>
      <CardBody className="grid gap-3.5">
        <FaultNote message={answer.message} next={answer.next} />
        <CommandLine label="the command that makes a sign-in link" text="npm run sign-in-link" />
        <ButtonLink href="/sign-in">Sign in with a password</ButtonLink>
      </CardBody>
    </Card>
  )
}
