'use client'

import { Button } from '@/app/_components/button'
import { Dialog } from '@/app/_components/dialog'
import { plural } from '@/app/_lib/format'

/** One confirmation for all that match, which says what follows from it. */
export function TrustMatching({
  count,
  isBusy,
  onTrust,
  onClose,
}: {
  count: number
  isBusy: boolean
  onTrust: () => void
  onClose: () => void
}) {
  return (
    <Dialog title={`Trust ${plural(count, 'key')}`} onClose={onClose}>
      <p className="text-ink-2">
        {count === 1 ? 'It is' : 'Each is'} the key that the file has for{' '}
        {count === 1 ? 'its host' : 'that host'}. From then on commands are sent, as the account entered for{' '}
        {count === 1 ? 'it' : 'each'}, to whatever answers with it. Trusting is audited host by host, and the
        hosts are probed at once.
      </p>
      <div className="flex justify-end gap-2">
        <Button onClick={onClose}>Cancel</Button>
        <Button look="primary" disabled={isBusy} onClick={onTrust}>
          {isBusy ? 'Trusting…' : `Trust ${plural(count, 'key')}`}
        </Button>
      </div>
    </Dialog>
  )
}
