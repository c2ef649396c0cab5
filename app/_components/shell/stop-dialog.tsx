'use client'

import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query'
import { type FormEvent, useState } from 'react'
import { plural } from '@/app/_lib/format'
import { describeFault, useTRPC } from '@/app/_lib/trpc'
import { ActButton } from '../act-button'
import { Button } from '../button'
import { Dialog } from '../dialog'
import { FaultNote } from '../fault-note'
import { TextField } from '../field'

/** Pulling takes a reason, so that whoever finds the fleet stopped at night knows why. */
export function StopDialog({ pull, onClose }: { pull: boolean; onClose: () => void }) {
  const trpc = useTRPC()
  const queries = useQueryClient()
  const [reason, setReason] = useState('')
  const { data: summary } = useQuery(trpc.hosts.summary.queryOptions())
  const onSuccess = async () => {
    await queries.invalidateQueries({ queryKey: trpc.fleet.stop.queryKey() })
    onClose()
  }
  const pulling = useMutation(trpc.fleet.pullStop.mutationOptions({ onSuccess }))
  const releasing = useMutation(trpc.fleet.releaseStop.mutationOptions({ onSuccess }))
  const set = pull ? pulling : releasing
  const submit = (event: FormEvent) => {
    event.preventDefault()
    if (pull && reason.trim() === '') return
    set.mutate({ reason })
  }
  const fault = set.error ? describeFault(set.error) : null

  return (
    <Dialog title={pull ? 'Stop the fleet' : 'Release the stop'} onClose={onClose}>
      <form onSubmit={submit} className="grid gap-3.5">
        {pull ? (
          <p className="text-ink-2">
            From now on no host gets leave to write, on all{' '}
            <b className="font-semibold text-ink">{plural(summary?.hosts ?? 0, 'host')}</b>. A run that
            already writes is not torn apart: it goes on by itself and its outcome is read back. One that is
            about to write is refused instead. Looking at hosts and planning stay possible.
          </p>
        ) : (
          <p className="text-ink-2">
            Runs may write again, on all{' '}
            <b className="font-semibold text-ink">{plural(summary?.hosts ?? 0, 'host')}</b>. Those that were
            refused meanwhile stay refused: start them again where they are still wanted.
          </p>
        )}
        <TextField
          label={pull ? 'Why' : 'Why it is safe again'}
          hint={
            pull
              ? 'Shown on every page until the stop is released, and kept in the audit.'
              : 'Kept in the audit.'
          }
          value={reason}
          maxLength={500}
          autoFocus
          required={pull}
          onChange={(event) => setReason(event.target.value)}
        />
        {fault ? <FaultNote message={fault.message} next={fault.next} /> : null}
        <div className="flex justify-end gap-2">
          <Button onClick={onClose}>Cancel</Button>
          <ActButton
            does={pull ? 'fleet.pullStop' : 'fleet.releaseStop'}
            type="submit"
            look={pull ? 'danger' : 'primary'}
            blocked={pull && reason.trim() === '' ? 'Say why first.' : null}
            disabled={set.isPending}
          >
            {pull ? 'Stop the fleet' : 'Release the stop'}
          </ActButton>
        </div>
      </form>
    </Dialog>
  )
}
