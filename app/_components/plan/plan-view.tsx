import { Ago } from '@/app/_components/ago'
import { Button } from '@/app/_components/button'
import { Card, CardBody } from '@/app/_components/card'
import { CopyButton } from '@/app/_components/copy-button'
import { FaultNote } from '@/app/_components/fault-note'
import { HazardList } from '@/app/_components/hazard-list'
import { WriteList } from '@/app/_components/run/write-list'
import { isOfFiles } from '@/app/_lib/kind-words'
import { writesAsText } from '@/app/_lib/writes'
import type { PlanView as Plan } from '@/server/plans/schema'
import { RestoreTerms, RestoreTiles } from './outlook'
import { PlanHooks } from './plan-hooks'
import { PlanTiles } from './plan-tiles'
import { OnlineTiles, ShareNote } from './share-plan'

const ALREADY: Readonly<Record<Plan['kind'], (daxName: string) => string>> = {
  convert: (name) => `${name} is system RAM already, every predicted block online in the zone asked.`,
  restore: (name) => `${name} is on device_dax already, and no block of it is in the host’s memory.`,
  online: (name) => `These blocks of ${name} are online already, in the zone asked.`,
  offline: (name) => `These blocks of ${name} are offline already.`,
  persist: (name) => `${name} comes back after each restart of its host already.`,
  unpersist: (name) => `${name} comes back after no restart of its host already.`,
}

function GainTiles({ plan }: { plan: Plan }) {
  return plan.share === null ? <PlanTiles plan={plan} /> : <OnlineTiles plan={plan} />
}

function wayBackTitle({ kind, restore }: Plan): string {
  if (kind === 'offline') return 'If not all of it goes, or it stops half-way: what brings it back online'
  if (restore !== null)
    return 'If not all of it goes, or it stops half-way: what brings it back online, or finishes it'
  return kind === 'persist'
    ? 'If it stops half-way and is not to go on: the way back'
    : 'If it stops half-way, before a block is online: the way back'
}

/** What the host answered: the figures, what to know, and the very writes, in order. */
export function PlanView({ plan, onAgain }: { plan: Plan; onAgain: () => void }) {
  return (
    <>
      {plan.verdict === 'already' ? (
        <FaultNote
          tone="ok"
          live={false}
          message={ALREADY[plan.kind](plan.daxName)}
          next="Nothing has to be done."
        />
      ) : null}
      {plan.refusals.map((refusal) => (
        <FaultNote
          key={`${refusal.code}-${refusal.message}`}
          tone="warn"
          live={false}
          message={refusal.message}
          next={refusal.next}
        />
      ))}
      {plan.share === null ? null : <ShareNote plan={plan} share={plan.share} />}
      {plan.restore !== null ? (
        <RestoreTiles plan={plan} restore={plan.restore} />
      ) : plan.gainBytes === null || isOfFiles(plan) ? null : (
        <GainTiles plan={plan} />
      )}
      <div className="grid items-start gap-4 xl:grid-cols-[1fr_1.5fr]">
        <Card
          title="Before you decide"
          meta={plan.hazards.length === 0 ? 'the host named no hazard' : null}
          aside={
            <span className="flex items-center gap-2 text-ink-3 text-xs">
              asked <Ago at={plan.createdAt} />
              <Button look="quiet" className="px-1.5 text-xs" onClick={onAgain}>
                Ask again
              </Button>
            </span>
          }
        >
          <CardBody className="grid gap-3">
            {plan.hazards.length > 0 ? <HazardList hazards={plan.hazards} /> : null}
            {plan.reversible ? (
              <p className="text-ink-2">
                <span className="font-medium text-ink">
                  {plan.reversible.yes ? 'Reversible: ' : 'Not reversible: '}
                </span>
                {plan.reversible.why}
              </p>
            ) : null}
            {plan.restore === null ? null : <RestoreTerms restore={plan.restore} />}
            {plan.hooks.length > 0 ? <PlanHooks hooks={plan.hooks} /> : null}
            {plan.digest && plan.verdict !== 'refused' && plan.verdict !== 'already' ? (
              <p className="text-ink-3 text-xs">
                Your approval covers this plan only, digest{' '}
                <span className="font-mono" title={plan.digest}>
                  {plan.digest.slice(0, 16)}
                </span>
                . If anything on the host differs when it begins, nothing is written.
              </p>
            ) : null}
          </CardBody>
        </Card>
        {plan.writes.length > 0 ? (
          <Card
            title="What will be written"
            meta="exactly this, in this order"
            aside={<CopyButton label="what will be written" text={writesAsText(plan.writes)} />}
          >
            <CardBody className="grid gap-3">
              <WriteList label="What will be written" writes={plan.writes} />
              {plan.recovery.length > 0 ? (
                <details>
                  <summary className="rounded-sm font-medium text-ink-2">{wayBackTitle(plan)}</summary>
                  <div className="pt-2">
                    <WriteList label="The way back" writes={plan.recovery} />
                  </div>
                </details>
              ) : null}
            </CardBody>
          </Card>
        ) : null}
      </div>
    </>
  )
}
