'use client'

import { type ReactNode, useState } from 'react'
import { Button } from '@/app/_components/button'
import { CommandLine } from '@/app/_components/command-line'
import { FaultNote } from '@/app/_components/fault-note'
import { adoptBlocked, foreignKind } from '@/app/_lib/host-recovery-words'
import { withoutName } from '@/app/_lib/host-words'
import { useFocusHandover } from '@/app/_lib/use-focus-handover'
import type { HostDetail } from '@/server/hosts/schemas/detail'
import { AdoptHost } from './adopt-host'

/** Whose the host is by its own record, beside who we are, and the way to make it ours. */
export function ForeignNote({ host, onAsked }: { host: HostDetail; onAsked: () => void }) {
  const ref = useFocusHandover<HTMLDivElement>()
  const [isAdopting, setIsAdopting] = useState(false)
  const kind = foreignKind(host)
  const blocked = adoptBlocked(host)
  return (
    <div ref={ref}>
      <FaultNote
        tone="fail"
        live={false}
        message={withoutName(host.stateMessage, host.name)}
        detail={<Owners host={host} />}
        next={withoutName(host.stateNext, host.name)}
      >
        {kind === 'older_copy' ? (
          <div className="w-full max-w-[420px]">
            <CommandLine
              label="the command that gives this database an identity of its own"
              text="npm run new-installation"
            />
          </div>
        ) : null}
        <Button look="danger" blocked={blocked} onClick={() => setIsAdopting(true)}>
          {host.adopting ? 'Adopting…' : 'Adopt…'}
        </Button>
        {blocked === null || host.adopting ? null : <p className="w-full text-ink-2 text-xs">{blocked}</p>}
      </FaultNote>
      {isAdopting && host.foreignToken !== null ? (
        <AdoptHost
          host={host}
          from={host.foreignToken}
          onAsked={onAsked}
          onClose={() => setIsAdopting(false)}
        />
      ) : null}
    </div>
  )
}

function Owners({ host }: { host: HostDetail }) {
  const { foreignToken: token } = host
  return (
    <dl className="grid grid-cols-[auto_minmax(0,1fr)] gap-x-3 gap-y-0.5 text-xs">
      <Owner label="Recorded on the host">
        {token === null ? (
          'not read yet'
        ) : token === 'unreadable' ? (
          'nothing that can be read'
        ) : (
          <>
            installation <Mono>{token.installationId}</Mono>, epoch <Mono>{token.epoch}</Mono>
          </>
        )}
      </Owner>
      <Owner label="This Daxfleet">
        installation <Mono>{host.installationId}</Mono>
      </Owner>
    </dl>
  )
}

function Owner({ label, children }: { label: string; children: ReactNode }) {
  return (
    <>
      <dt className="text-ink-2">{label}</dt>
      <dd className="text-ink wrap-anywhere">{children}</dd>
    </>
  )
}

function Mono({ children }: { children: ReactNode }) {
  return <span className="font-mono">{children}</span>
}
