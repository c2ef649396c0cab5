'use client'

import { useState } from 'react'
import { Button } from '@/app/_components/button'
import { formatCount, plural } from '@/app/_lib/format'
import { notify } from '@/app/_lib/notify'
import { describeFault, useTRPCClient } from '@/app/_lib/trpc'

/** Says which hosts an action is about, in a number, before it is taken. */
export function SelectionBar({
  selected,
  matching,
  onSelectAll,
  onRollout,
  onLabel,
  onExport,
  onClear,
}: {
  selected: ReadonlySet<string>
  matching: number
  onSelectAll: () => void
  onRollout: () => Promise<void>
  onLabel: () => void
  onExport: () => void
  onClear: () => void
}) {
  const client = useTRPCClient()
  const [isBusy, setIsBusy] = useState(false)
  const probe = async () => {
    setIsBusy(true)
    let refused = 0
    try {
      for (const hostId of selected) {
        const answer = await client.hosts.probe.mutate({ hostId })
        if (answer.type === 'refused') refused += 1
      }
      // The hosts show in the table as they answer; what has to be told is what is not going to happen.
      if (refused > 0)
        notify({
          tone: 'warn',
          message: `${plural(refused, 'host')} of ${formatCount(selected.size)} cannot be probed: no SSH key is assigned.`,
          next: 'Choose a key on the Access tab of each.',
        })
    } catch (error) {
      notify({ tone: 'fail', ...describeFault(error) })
    } finally {
      setIsBusy(false)
    }
  }
  const rollOut = async () => {
    setIsBusy(true)
    await onRollout()
    setIsBusy(false)
  }
  return (
    <section
      aria-label="Selection"
      className="flex flex-wrap items-center gap-2 rounded-lg border border-run/30 bg-run-bg px-3.5 py-1.5"
    >
      <span className="font-medium">
        {selected.size === matching && matching > 1
          ? `All ${plural(matching, 'host')} that match`
          : plural(selected.size, 'host')}{' '}
        selected
      </span>
      {selected.size < matching ? (
        <Button look="quiet" onClick={onSelectAll}>
          Select all {plural(matching, 'host')} that match
        </Button>
      ) : null}
      <span className="ml-auto flex flex-wrap gap-2">
        <Button
          onClick={() => void rollOut()}
          disabled={isBusy}
          title="Nothing is written before it is approved"
        >
          Rollout over {plural(selected.size, 'host')}…
        </Button>
        <Button onClick={() => void probe()} disabled={isBusy}>
          {isBusy ? 'Asking…' : `Probe ${plural(selected.size, 'host')}`}
        </Button>
        <Button onClick={onLabel}>Label…</Button>
        <Button onClick={onExport}>CSV</Button>
        <Button look="quiet" onClick={onClear}>
          Clear
        </Button>
      </span>
    </section>
  )
}
