import { Card, CardBody } from '@/app/_components/card'
import { HazardList } from '@/app/_components/hazard-list'
import type { HostDetail } from '@/server/hosts/schema'

/** What on this host to know before and after a conversion; who else onlines memory stands here too. */
export function HazardsCard({ host }: { host: HostDetail }) {
  return (
    <Card title="Good to know" meta={host.hazards.length === 0 ? 'nothing found' : null}>
      <CardBody className="grid gap-3">
        {host.hazards.length > 0 ? <HazardList hazards={host.hazards} /> : null}
        <dl className="grid grid-cols-[110px_minmax(0,1fr)] gap-y-1.5 text-ink-2">
          <dt className="text-ink-3 text-xs">System</dt>
          <dd>{[host.osName, host.architecture, machine(host.virtualization)].filter(Boolean).join(', ')}</dd>
          <dt className="text-ink-3 text-xs">kmem</dt>
          <dd>{host.kmem ?? 'unknown'}</dd>
          <dt className="text-ink-3 text-xs">Boot parameter</dt>
          <dd>
            {host.bootParameter ? <code className="font-mono text-xs">{host.bootParameter}</code> : 'none'}
          </dd>
          {host.udevRules.map((rule) => (
            <div key={`${rule.file}-${rule.line}`} className="contents">
              <dt className="text-ink-3 text-xs">udev rule</dt>
              <dd className="font-mono text-xs break-all">
                {rule.file}: {rule.line}
                <span className="block font-sans text-ink-2">{ruleWords(rule)}</span>
              </dd>
            </div>
          ))}
          <dt className="text-ink-3 text-xs">Machine id</dt>
          <dd className="font-mono text-xs break-all">{host.machineId ?? '–'}</dd>
          <dt className="text-ink-3 text-xs">Boot id</dt>
          <dd className="font-mono text-xs break-all">{host.bootId ?? '–'}</dd>
        </dl>
      </CardBody>
    </Card>
  )
}

function machine(virtualization: string | null): string | null {
  if (virtualization === null) return null
  return virtualization === 'none' ? 'bare metal' : `guest of ${virtualization}`
}

/** What a udev rule does to a block that appears on this host. */
function ruleWords({ writes, acts }: HostDetail['udevRules'][number]): string {
  if (acts === 'no') return 'Its conditions do not hold on this host: it does nothing here.'
  const does =
    writes === null ? 'runs a program on new memory blocks' : `writes ${writes} to new memory blocks`
  return acts === 'yes' ? `It ${does}.` : `It ${does}, if a condition holds that the agent cannot judge.`
}
