'use client'

import { useQuery } from '@tanstack/react-query'
import { Button } from '@/app/_components/button'
import { Card, CardBody } from '@/app/_components/card'
import { CommandLine } from '@/app/_components/command-line'
import { FaultNote } from '@/app/_components/fault-note'
import { saveFile } from '@/app/_lib/csv'
import { describeFault, useTRPC } from '@/app/_lib/trpc'
import type { HostDetail } from '@/server/hosts/schemas/detail'
import type { HostPrivileges } from '@/server/privileges/schema'

/** What the host has to allow its account: the lines for sudo, and the gate for its key. */
export function PrivilegesCard({ host }: { host: HostDetail }) {
  const trpc = useTRPC()
  // The path and the line come with the host's answers: asked for again whenever its state changes.
  const told = useQuery(
    trpc.privileges.host.queryOptions({ hostId: host.id }, { staleTime: 0, refetchOnMount: 'always' }),
  )
  return (
    <Card
      title="What the host must allow"
      meta={host.username === 'root' ? 'signs in as root' : host.username}
    >
      <CardBody className="grid gap-4">
        {told.data ? <Told privileges={told.data} /> : null}
        {told.error ? <FaultNote {...describeFault(told.error)} /> : null}
        {told.isPending ? <p className="text-ink-3 text-sm">Reading…</p> : null}
      </CardBody>
    </Card>
  )
}

function Told({ privileges }: { privileges: HostPrivileges }) {
  if (privileges.type === 'root')
    return (
      <p className="text-ink-2 text-sm">
        Nothing more. An ordinary account is safer: its key can run one program as root, this one everything.
        Choose one under “Way in”, and the lines it needs stand here.
      </p>
    )
  if (privileges.type === 'unknown') return <FaultNote message={privileges.message} next={privileges.next} />
  const { username, path, pathKnown, agents, sudoers, gate, authorizedKey } = privileges
  const previous = agents.filter((agent) => !agent.isCurrent)
  return (
    <>
      <section className="grid gap-2" aria-label="Lines for sudo">
        <p className="text-ink-2 text-sm">
          {username} may run this agent as root, told by its SHA-256, and nothing else.
          {previous.length > 0 ? ' The agent before is named as well, for the time of an upgrade.' : ''}
        </p>
        {pathKnown ? null : (
          <p className="text-ink-3 text-xs">
            {path} is assumed: the host has not told the account’s home yet.
          </p>
        )}
        <HostFile file={sudoers} what="lines for sudo" />
      </section>
      <details className="grid gap-2">
        <summary className="cursor-pointer text-ink-2 text-sm">
          Optional: let the key run Daxfleet’s commands only
        </summary>
        <div className="mt-3 grid gap-2">
          <p className="text-ink-2 text-sm">
            With the gate as a forced command the key opens no shell, no terminal and no forwarding. It has to
            be installed again with each new agent, as the lines for sudo.
          </p>
          <HostFile file={gate} what="gate" hidden />
          {authorizedKey === null ? (
            <p className="text-ink-3 text-xs">
              The public key is the ssh-agent’s: put restrict,command="{gate.path}" before it in
              authorized_keys.
            </p>
          ) : (
            <CommandLine text={authorizedKey} label="line for authorized_keys" />
          )}
        </div>
      </details>
    </>
  )
}

type HostFileProps = {
  file: { name: string; text: string; install: string }
  what: string
  /** Too long to be read on the page. */
  hidden?: boolean
}

/** A file for root on the host: shown, to be copied or downloaded, and how it is installed. */
function HostFile({ file, what, hidden = false }: HostFileProps) {
  return (
    <>
      {hidden ? null : <CommandLine text={file.text.trimEnd()} label={what} />}
      <div className="flex flex-wrap items-center gap-3">
        <Button onClick={() => saveFile(file.name, file.text, 'text/plain')}>Download {file.name}</Button>
        <span className="text-ink-3 text-xs">then, as root on the host:</span>
      </div>
      <CommandLine text={file.install} label={`command that installs the ${what}`} />
    </>
  )
}
