import { Card, CardBody } from '@/app/_components/card'
import { BALANCING_WORDS, SETTING_WORDS } from '@/app/_lib/tiering-words'
import type { HostDetail } from '@/server/hosts/schemas/detail'

/** How this kernel moves pages between kinds of memory, and what it is able to. Shown, never changed. */
export function TieringCard({ host }: { host: HostDetail }) {
  const { tiering, features } = host
  if (tiering === null) return null
  const { tiers, demotionEnabled, numaBalancing } = tiering
  return (
    <Card title="Tiering" meta="read, never changed">
      <CardBody>
        <dl className="grid grid-cols-[110px_minmax(0,1fr)] gap-y-1.5 text-ink-2">
          <dt className="text-ink-3 text-xs">Tiers</dt>
          <dd>
            {tiers.length === 0
              ? 'none told by this kernel'
              : tiers.map(({ tier, nodes }) => `${tier}: ${nodesText(nodes)}`).join(' · ')}
            {tiers.length > 0 ? (
              <span className="block text-ink-3 text-xs">A smaller number is faster.</span>
            ) : null}
          </dd>
          <dt className="text-ink-3 text-xs">Demotion</dt>
          <dd>
            {demotionEnabled === null ? 'not in this kernel' : demotionEnabled ? 'on' : 'off'}
            {demotionEnabled === false ? <Advice text={SETTING_WORDS.demotion.advice} /> : null}
          </dd>
          <dt className="text-ink-3 text-xs">NUMA balancing</dt>
          <dd>
            {numaBalancing === null
              ? 'not in this kernel'
              : (BALANCING_WORDS[numaBalancing] ?? numaBalancing)}
            {numaBalancing !== null && numaBalancing < 2 ? (
              <Advice text={SETTING_WORDS.balancing.advice} />
            ) : null}
          </dd>
          <dt className="text-ink-3 text-xs">This kernel has</dt>
          <dd className="font-mono text-xs break-words">
            {features
              .filter(({ present }) => present === true)
              .map(({ feature }) => feature)
              .join(', ') || 'nothing told'}
          </dd>
        </dl>
      </CardBody>
    </Card>
  )
}

const nodesText = (nodes: readonly number[]) =>
  nodes.length === 1 ? `node ${nodes[0]}` : `nodes ${nodes.join(', ')}`

function Advice({ text }: { text: string }) {
  return <span className="block text-ink-3 text-xs">{text}</span>
}
