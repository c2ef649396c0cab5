import { Card, CardBody } from '@/app/_components/card'
import { plural } from '@/app/_lib/format'
import type { ImportNotice } from '@/server/imports/schema'

const SHOWN = 50

/** What was read over, and why: nothing is left out in silence. */
export function NoticesCard({ notices }: { notices: readonly ImportNotice[] }) {
  if (notices.length === 0) return null
  return (
    <Card title="What was passed over" meta={plural(notices.length, 'note')}>
      <CardBody>
        <ul className="grid max-h-60 gap-1.5 overflow-auto" tabIndex={-1}>
          {notices.slice(0, SHOWN).map((notice) => (
            <li
              key={`${notice.source}:${notice.line}:${notice.message}`}
              className="text-ink-2 text-xs wrap-anywhere"
            >
              <span className="text-ink-3">
                {notice.source}
                {notice.line === null ? '' : `, line ${notice.line}`}:{' '}
              </span>
              {notice.message}
            </li>
          ))}
        </ul>
        {notices.length > SHOWN ? (
          <p className="pt-1.5 text-ink-3 text-xs">and {notices.length - SHOWN} more.</p>
        ) : null}
      </CardBody>
    </Card>
  )
}
