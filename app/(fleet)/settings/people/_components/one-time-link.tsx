import { Button } from '@/app/_components/button'
import { Card, CardBody } from '@/app/_components/card'
import { CommandLine } from '@/app/_components/command-line'

/** A link somebody was made, as long as the page shows it. */
export interface MadeLink {
  path: string
  for: string
  purpose: 'account' | 'password'
}

/** Shown once: hand it over by whatever way you trust. */
export function OneTimeLink({ link, onClose }: { link: MadeLink; onClose: () => void }) {
  return (
    <Card
      title={`A link for ${link.for}`}
      aside={
        <Button look="quiet" className="px-1.5 text-xs" onClick={onClose}>
          Done
        </Button>
      }
    >
      <CardBody className="grid gap-2">
        <p className="text-ink-2" role="status">
          {link.purpose === 'account' ? 'It makes their account.' : 'It lets them choose a new password.'} It
          works once, for a day, and is not shown again. Hand it over yourself: whoever has it comes in.
        </p>
        <CommandLine text={`${window.location.origin}${link.path}`} label="the link" />
      </CardBody>
    </Card>
  )
}
