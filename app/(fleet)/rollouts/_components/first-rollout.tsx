import type { ReactNode } from 'react'
import { ButtonLink } from '@/app/_components/button'
import { Card } from '@/app/_components/card'
import { CommandLine } from '@/app/_components/command-line'

/** No rollout yet: what one is, in the order one makes it. */
export function FirstRollout() {
  return (
    <div className="grid items-start gap-4 lg:grid-cols-[1.7fr_1fr]">
      <Card title="Many devices under one approval, in waves">
        <ol className="grid">
          <Step number={1} title="Say which">
            <p>
              Hosts by name or label, devices by kind, size and state. The list is frozen when it is made;
              what matches later never joins.
            </p>
            <CommandLine
              label="an example of a selector"
              text="label:rack=r12 kind:pmem size>=100GiB state!=converted"
            />
          </Step>
          <Step number={2} title="Say how carefully">
            <p>
              A canary first, then waves, each followed by a pause in which every converted host is read
              again. Too many failures, and no further host begins.
            </p>
          </Step>
          <Step number={3} title="Read the plan, and approve it">
            <p>
              Every host says itself what it would gain and lose, and the very writes. Nothing is written
              before you have typed how much you approve.
            </p>
            <div>
              <ButtonLink href="/rollouts/new" look="primary">
                New rollout…
              </ButtonLink>
            </div>
          </Step>
        </ol>
      </Card>
      <Card title="Only one device?">
        <div className="grid gap-2 px-3.5 py-3 text-ink-2">
          <p>A single device is converted from its host's page, by a plan and an approval of its own.</p>
          <div>
            <ButtonLink href="/hosts?q=device:convertible">Hosts with something to convert</ButtonLink>
          </div>
        </div>
      </Card>
    </div>
  )
}

function Step({ number, title, children }: { number: number; title: string; children: ReactNode }) {
  return (
    <li className="grid grid-cols-[28px_minmax(0,1fr)] border-line border-b px-3.5 py-3 last:border-b-0">
      <span
        aria-hidden="true"
        className="grid size-[18px] place-items-center rounded-full bg-run-bg font-semibold text-[11px] text-run"
      >
        {number}
      </span>
      <div className="grid gap-1.5 text-ink-2">
        <h3 className="font-medium text-ink">{title}</h3>
        {children}
      </div>
    </li>
  )
}
