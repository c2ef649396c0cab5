'use client'

import { useState } from 'react'
import { Button } from '@/app/_components/button'
import { plural } from '@/app/_lib/format'
import { notify } from '@/app/_lib/notify'
import { describeFault, useTRPCClient } from '@/app/_lib/trpc'
import type { HostRow } from '@/server/hosts/schema'
import { exportHosts } from './export-hosts'

/** Says which hosts an action is about, in a number, before it is taken. */
export function SelectionBar({
  hosts,
  selected,
  onSelect,
}: {
  hosts: readonly HostRow[]
  selected: ReadonlySet<string>
  onSelect: (selected: ReadonlySet<string>) => void
}) {
  const client = useTRPCClient()
  const [isBusy, setIsBusy] = useState(false)
  const chosen = hosts.filter((host) => selected.has(host.id))
  const probe = async () => {
    setIsBusy(true)
    let refused = 0
    try {
      for (const host of chosen) {
        const answer = await client.hosts.probe.mutate({ hostId: host.id })
        if (answer.type === 'refused') refused += 1
      }
      notify({
        tone: refused === 0 ? 'ok' : 'warn',
        message: `Asked ${plural(chosen.length - refused, 'host')} to be probed${refused > 0 ? `; ${refused} refused` : ''}.`,
      })
    } catch (error) {
      notify({ tone: 'fail', ...describeFault(error) })
    } finally {
      setIsBusy(false)
    }
  }
  return (
    <section
      aria-label="Selection"
      className="flex flex-wrap items-center gap-2 rounded-lg border border-run/30 bg-run-bg px-3.5 py-1.5"
    >
      <span className="font-medium">
        {chosen.length === hosts.length
          ? `All ${plural(hosts.length, 'host')} that match`
          : plural(chosen.length, 'host')}{' '}
        selected
      </span>
      {chosen.length < hosts.length ? (
        <Button look="quiet" onClick={() => onSelect(new Set(hosts.map((host) => host.id)))}>
          Select all {plural(hosts.length, 'host')} that match
        </Button>
      ) : null}
      <span className="ml-auto flex gap-2">
        <Button onClick={() => void probe()} disabled={isBusy}>
          Probe {plural(chosen.length, 'host')}
        </Button>
        <Button onClick={() => exportHosts(chosen)}>CSV</Button>
        <Button look="quiet" onClick={() => onSelect(new Set())}>
          Clear
        </Button>
      </span>
    </section>
  )
}
