'use client'

import { type FormEvent, useState } from 'react'
import { Button } from '../button'
import { Dialog } from '../dialog'
import { Fingerprint } from '../fingerprint'
import { PhraseField } from '../phrase-field'

/** Trusting a changed key hands the account's rights to whoever holds it: the phrase is typed, not clicked. */
export function TrustChangedKey({
  hostName,
  hostKey,
  isBusy,
  onTrust,
  onClose,
}: {
  hostName: string
  hostKey: { algorithm: string; fingerprint: string }
  isBusy: boolean
  onTrust: () => void
  onClose: () => void
}) {
  const [matches, setMatches] = useState(false)
  const submit = (event: FormEvent) => {
    event.preventDefault()
    if (matches) onTrust()
  }
  return (
    <Dialog title={`Trust the new key of ${hostName}`} onClose={onClose}>
      <form onSubmit={submit} className="grid gap-3.5">
        <p className="text-ink-2">
          The key trusted so far is put aside. From then on commands are sent, as root, to whatever answers
          with
        </p>
        <Fingerprint algorithm={hostKey.algorithm} value={hostKey.fingerprint} />
        <PhraseField phrase={`trust new key of ${hostName}`} onMatch={setMatches} />
        <div className="flex justify-end gap-2">
          <Button onClick={onClose}>Cancel</Button>
          <Button
            type="submit"
            look="danger"
            disabled={isBusy}
            blocked={matches ? null : 'Type the phrase first.'}
          >
            Trust the new key
          </Button>
        </div>
      </form>
    </Dialog>
  )
}
