'use client'

import { useMutation, useQuery } from '@tanstack/react-query'
import dynamic from 'next/dynamic'
import { useRouter } from 'next/navigation'
import { parseAsStringLiteral, useQueryState } from 'nuqs'
import { useMemo, useState } from 'react'
import { ActButton } from '@/app/_components/act-button'
import { ButtonLink } from '@/app/_components/button'
import { Card, CardBody } from '@/app/_components/card'
import { FaultNote } from '@/app/_components/fault-note'
import { TextField } from '@/app/_components/field'
import { PageTitle } from '@/app/_components/page-title'
import { PartialChoice } from '@/app/_components/partial-choice'
import { Skeleton } from '@/app/_components/skeleton'
import { ZoneChoice } from '@/app/_components/zone-choice'
import { plural } from '@/app/_lib/format'
import { draftOf, type PolicyDraft, readDraft } from '@/app/_lib/policy-draft'
import { scopeWords } from '@/app/_lib/rollout-words'
import { describeFault, useTRPC } from '@/app/_lib/trpc'
import { useDebounced } from '@/app/_lib/use-debounced'
import { useOnePress } from '@/app/_lib/use-one-press'
import type { ZoneName } from '@/server/plans/schema'
import {
  isOfShare,
  needsZone,
  type PartialPolicy,
  type RolloutKind,
  rolloutKinds,
  takesAway,
} from '@/server/plans/vocabulary'
import type { Policy } from '@/server/rollouts/policy'
import { KindChoice } from './kind-choice'
import { PolicyMeaning } from './policy-meaning'
import { SelectorField } from './selector-field'
import { ShareFields } from './share-fields'
import { TargetPreview } from './target-preview'
import { usePreview } from './use-preview'
import { useShare } from './use-share'
import { useTargets } from './use-targets'

// Below the fold: how carefully is asked after what.
const PolicyCard = dynamic(() => import('./policy-card').then((part) => part.PolicyCard), {
  ssr: false,
  loading: () => <Skeleton className="h-96" />,
})

const ZONES: readonly ZoneName[] = ['movable', 'kernel', 'policy']
/** A share is put where it is said. */
const SHARE_ZONES: readonly ZoneName[] = ['movable', 'kernel']
const zoneOf = (kind: RolloutKind, zone: ZoneName): ZoneName =>
  kind === 'online' && zone === 'policy' ? 'movable' : zone

/** Targets, policy, plan: everything that is to be decided before hosts are asked, on one page. Nothing is written. */
export function NewRollout({ defaults }: { defaults: Policy }) {
  const trpc = useTRPC()
  const router = useRouter()
  const targets = useTargets()
  const [name, setName] = useState('')
  const [kind, setKind] = useQueryState('kind', parseAsStringLiteral(rolloutKinds).withDefault('convert'))
  const [zone, setZone] = useState<ZoneName>('movable')
  const [onPartial, setOnPartial] = useState<PartialPolicy>('roll_back')
  const [draft, setDraft] = useState<PolicyDraft>(() => draftOf(defaults))
  // The same policy as long as nothing is typed: what waits for it to stand still would wait for ever.
  const { policy, faults } = useMemo(() => readDraft(draft), [draft])
  const share = useShare(kind)
  const preview = usePreview(targets.text, { kind, share: share.asked }, useDebounced(policy, 300))
  const isStopped = useQuery(trpc.fleet.stop.queryOptions()).data?.pulled === true
  const once = useOnePress()
  const create = useMutation(
    trpc.rollouts.create.mutationOptions({
      onSuccess: (answer) => {
        if (answer.type === 'created') router.push(`/rollouts/${answer.rolloutId}`)
        else once.release()
      },
      onError: once.release,
    }),
  )
  const answer = preview.answer
  const blocked = share.blocked ?? blockedBecause(name, targets.text, policy, preview)
  const refusal =
    create.data?.type === 'refused'
      ? create.data
      : create.data?.type === 'fault'
        ? { message: create.data.fault.message, next: 'Correct the selector.' }
        : create.error
          ? describeFault(create.error)
          : null
  const submit = () => {
    if (blocked !== null || policy === null) return
    const terms = takesAway(kind) ? { onPartial } : { zone: zoneOf(kind, zone) }
    const asked = { kind, ...terms, ...(share.asked === null ? {} : { share: share.asked }) }
    once.press(() => create.mutate({ name: name.trim(), selector: targets.text, ...asked, policy }))
  }

  return (
    <>
      <PageTitle
        title="New rollout"
        sentence="Say what, and how carefully. Hosts are then asked what it would take; nothing is written before you approve that."
        actions={<ButtonLink href="/rollouts">Back to rollouts</ButtonLink>}
      />
      <form
        className="grid gap-4"
        onSubmit={(event) => {
          event.preventDefault()
          submit()
        }}
      >
        <KindChoice kind={kind} onKind={(next) => void setKind(next)} />
        <div className="grid items-start gap-4 xl:grid-cols-2">
          <Card title="Targets" meta="resolved on the server; what matches later never joins">
            <CardBody className="grid gap-3.5">
              <TextField
                label="Name"
                hint="What the audit and your colleagues will call it."
                value={name}
                maxLength={120}
                autoComplete="off"
                onChange={(event) => setName(event.target.value)}
              />
              <SelectorField
                text={targets.text}
                kind={kind}
                onText={targets.setText}
                fault={answer?.type === 'fault' && !preview.isWaiting ? answer.fault : null}
              />
              {targets.isLost ? (
                <FaultNote
                  tone="warn"
                  live={false}
                  message="This address leads to a list that was kept in another tab."
                  next="Select the hosts again on the hosts page, or name them here."
                />
              ) : null}
            </CardBody>
          </Card>
          <TargetPreview text={targets.text} kind={kind} preview={preview} />
        </div>
        {isOfShare(kind) ? <ShareFields does={kind} share={share} /> : null}
        {needsZone(kind) ? (
          <ZoneChoice
            zone={zoneOf(kind, zone)}
            zones={kind === 'online' ? SHARE_ZONES : ZONES}
            policy={null}
            onZone={setZone}
          />
        ) : (
          <PartialChoice onPartial={onPartial} onChoice={setOnPartial} />
        )}
        <div className="grid items-start gap-4 xl:grid-cols-[1.6fr_1fr]">
          <PolicyCard
            draft={draft}
            faults={faults}
            spreads={answer?.type === 'resolved' ? answer.spreads : []}
            onDraft={setDraft}
          />
          <PolicyMeaning policy={policy} preview={answer?.type === 'resolved' ? answer : null} />
        </div>
        {refusal ? <FaultNote message={refusal.message} next={refusal.next} /> : null}
        <div className="flex flex-wrap items-center gap-3">
          <ActButton
            does="rollouts.create"
            type="submit"
            look="primary"
            blocked={blocked}
            disabled={create.isPending}
          >
            {create.isPending
              ? 'Making the list…'
              : answer?.type === 'resolved' && answer.devices > 0
                ? `Plan ${scopeWords(answer.devices, answer.hosts)}`
                : 'Plan'}
          </ActButton>
          <span className="text-ink-3 text-xs" aria-live="polite">
            {blocked ??
              (isStopped
                ? 'The fleet-wide stop is pulled: it can be planned, and begins only once the stop is released.'
                : answer?.type === 'resolved' && answer.excluded > 0
                  ? `${plural(answer.excluded, 'entry', 'entries')} will be left out. Nothing is written.`
                  : 'Nothing is written.')}
          </span>
        </div>
      </form>
    </>
  )
}

function blockedBecause(
  name: string,
  text: string,
  policy: Policy | null,
  { answer, isWaiting }: ReturnType<typeof usePreview>,
): string | null {
  if (text.trim() === '') return 'Say which hosts or devices.'
  if (policy === null) return 'Correct the policy.'
  if (isWaiting || answer === undefined) return 'Looking what matches…'
  if (answer.type === 'fault') return 'Correct the selector.'
  if (answer.refusal !== null) return answer.refusal.message
  return name.trim() === '' ? 'Give it a name.' : null
}
