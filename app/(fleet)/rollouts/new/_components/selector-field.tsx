'use client'

import { useId } from 'react'
import type { Outputs } from '@/app/_lib/trpc'
import type { RolloutKind } from '@/server/plans/vocabulary'

const EXAMPLES: Readonly<Record<RolloutKind, readonly string[]>> = {
  convert: ['label:rack=r12', 'kind:pmem', 'size>=100GiB', 'state!=converted', 'host:db-*'],
  restore: ['label:rack=r12', 'kind:pmem', 'size>=100GiB', 'state=converted', 'host:db-*'],
  online: ['label:rack=r12', 'kind:cxl', 'size>=100GiB', 'device:partial', 'host:db-*'],
  offline: ['label:rack=r12', 'kind:cxl', 'size>=100GiB', 'state=converted', 'host:db-*'],
}

type Fault = Extract<Outputs['rollouts']['preview'], { type: 'fault' }>['fault']

/** Where the fault is, at most so many characters before and after it are shown. */
const CONTEXT = 48

/** The target language; a fault is pointed at where it stands. */
export function SelectorField({
  text,
  kind,
  onText,
  fault,
}: {
  text: string
  kind: RolloutKind
  onText: (text: string) => void
  fault: Fault | null
}) {
  const id = useId()
  const add = (example: string) => onText(text.trim() === '' ? example : `${text.trim()} ${example}`)
  return (
    <div className="grid gap-1.5">
      <label htmlFor={id} className="font-medium">
        Hosts and devices
      </label>
      <textarea
        id={id}
        value={text}
        rows={text.length > 400 ? 5 : 2}
        spellCheck={false}
        autoCapitalize="off"
        autoComplete="off"
        placeholder="label:rack=r12 kind:pmem size>=100GiB"
        aria-invalid={fault !== null}
        aria-describedby={`${id}-note`}
        onChange={(event) => onText(event.target.value)}
        className="w-full rounded-md border border-line-strong bg-raised px-2.5 py-2 font-mono text-xs leading-5 text-ink [overflow-wrap:anywhere] aria-invalid:border-fail"
      />
      <div id={`${id}-note`} aria-live="polite">
        {fault === null ? (
          <p className="text-ink-3 text-xs">
            Every condition must hold; of several host names any. * stands for anything. Empty is refused: all
            of the fleet is <code className="font-mono">host:*</code>.
          </p>
        ) : (
          <div className="grid gap-0.5 text-fail text-xs">
            <p>{fault.message}</p>
            <FaultPlace text={text} fault={fault} />
          </div>
        )}
      </div>
      <div className="flex flex-wrap gap-1.5">
        {EXAMPLES[kind].map((example) => (
          <button
            key={example}
            type="button"
            onClick={() => add(example)}
            aria-label={`Add ${example} to the selector`}
            className="rounded-sm border border-line-strong px-1.5 font-mono text-ink-2 text-xs leading-[22px] hover:bg-wait-bg"
          >
            {example}
          </button>
        ))}
      </div>
    </div>
  )
}

function FaultPlace({ text, fault: { at, length } }: { text: string; fault: Fault }) {
  if (length === 0 || at >= text.length) return null
  const from = Math.max(0, at - CONTEXT)
  const to = Math.min(text.length, at + length + CONTEXT)
  return (
    <p className="font-mono text-ink-2 [overflow-wrap:anywhere]">
      {from > 0 ? '…' : ''}
      {text.slice(from, at)}
      <mark className="rounded-sm bg-fail-bg font-medium text-fail underline decoration-wavy underline-offset-4">
        {text.slice(at, at + length)}
      </mark>
      {text.slice(at + length, to)}
      {to < text.length ? '…' : ''}
      <span className="font-sans text-ink-3"> at character {at + 1}</span>
    </p>
  )
}
