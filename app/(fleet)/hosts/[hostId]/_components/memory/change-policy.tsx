'use client'

import { useMutation, useQueryClient } from '@tanstack/react-query'
import { type FormEvent, useId, useState } from 'react'
import { AUTO_ONLINE_POLICIES, type AutoOnlinePolicy } from '@/agents/protocol'
import { ActButton } from '@/app/_components/act-button'
import { Button } from '@/app/_components/button'
import { CommandLine } from '@/app/_components/command-line'
import { Dialog } from '@/app/_components/dialog'
import { FaultNote } from '@/app/_components/fault-note'
import { AUTO_ONLINE_WORDS, afterRestart } from '@/app/_lib/auto-online-words'
import { describeFault, useTRPC } from '@/app/_lib/trpc'
import { useOnePress } from '@/app/_lib/use-one-press'
import type { HostDetail } from '@/server/hosts/schemas/detail'
import type { PolicyView } from '@/server/kernel-policy/schema'

/** One change of a kernel's policy: what it reads now and after, the very write, and who else onlines all the same. */
export function ChangePolicy({
  host,
  view,
  proposed,
  onClose,
}: {
  host: HostDetail
  view: PolicyView
  proposed: AutoOnlinePolicy | null
  onClose: () => void
}) {
  const trpc = useTRPC()
  const queries = useQueryClient()
  // What was seen when it was opened: another value by then is the host's reason to refuse.
  const [seen] = useState(view)
  const [to, setTo] = useState<AutoOnlinePolicy | null>(proposed)
  const name = useId()
  const once = useOnePress()
  const change = useMutation(
    trpc.kernelPolicy.change.mutationOptions({
      onSuccess: async (answer) => {
        if (answer.type === 'refused') return once.release()
        await queries.invalidateQueries({ queryKey: trpc.kernelPolicy.host.queryKey({ hostId: host.id }) })
        onClose()
      },
      onError: once.release,
    }),
  )
  const from = AUTO_ONLINE_POLICIES.find((known) => known === seen.policy)
  const blocked = to === null ? 'Choose one first.' : to === seen.policy ? 'It reads that already.' : null
  const submit = (event: FormEvent) => {
    event.preventDefault()
    if (blocked !== null || to === null || from === undefined || seen.bootId === null) return
    const { bootId } = seen
    once.press(() => change.mutate({ hostId: host.id, bootId, from, to }))
  }
  const refusal =
    change.data?.type === 'refused' ? change.data : change.error ? describeFault(change.error) : null
  const acting = host.udevRules.filter(({ acts }) => acts !== 'no').length
  return (
    <Dialog title={`Kernel policy of ${host.name}`} onClose={onClose}>
      <form onSubmit={submit} className="grid gap-3.5">
        <fieldset className="grid gap-2">
          <legend className="pb-1 text-ink-2">
            What the kernel does with new memory blocks by itself. It reads{' '}
            <code className="font-mono text-ink text-xs">{seen.policy}</code> now.
          </legend>
          {AUTO_ONLINE_WORDS.map((choice) => (
            <label
              key={choice.value}
              className="grid cursor-pointer grid-cols-[20px_minmax(0,1fr)] rounded-md border border-line px-2.5 py-1.5 has-checked:border-accent has-checked:bg-run-bg"
            >
              <input
                type="radio"
                name={name}
                checked={to === choice.value}
                onChange={() => setTo(choice.value)}
                className="mt-[3px] size-3.5 accent-accent"
              />
              <span className="font-mono text-xs leading-5">
                {choice.title}
                {choice.value === seen.policy ? (
                  <span className="font-sans text-ink-3"> (as it reads now)</span>
                ) : null}
              </span>
              <span />
              <span className="text-ink-2 text-xs">{choice.what}</span>
            </label>
          ))}
        </fieldset>
        {to === null || to === seen.policy ? null : (
          <div className="grid gap-1.5">
            <p className="text-ink-2">
              {seen.policy} → <b className="font-semibold text-ink">{to}</b>, by one write as root, then read
              back:
            </p>
            <CommandLine label="the write" text={`echo ${to} > ${seen.path}`} />
          </div>
        )}
        <p className="text-ink-2 text-xs">
          {afterRestart(host.bootParameter)} Memory that is there already stays as it is.{' '}
          {acting === 0
            ? 'No udev rule was found that onlines memory as well.'
            : `${acting === 1 ? 'A udev rule acts' : `${acting} udev rules act`} on new blocks whatever this says.`}
        </p>
        {refusal ? <FaultNote message={refusal.message} next={refusal.next} /> : null}
        <div className="flex justify-end gap-2">
          <Button onClick={onClose}>Leave it</Button>
          <ActButton
            does="kernelPolicy.change"
            type="submit"
            look="primary"
            disabled={change.isPending}
            blocked={blocked}
          >
            {to === null || to === seen.policy ? 'Change it' : `Change to ${to}`}
          </ActButton>
        </div>
      </form>
    </Dialog>
  )
}
