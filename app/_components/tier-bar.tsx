import { formatBytes } from '@/app/_lib/format'

export interface TierShares {
  memTotalBytes: bigint | null
  pmemOnlineBytes: bigint
  cxlOnlineBytes: bigint
  hmemOnlineBytes: bigint
  convertibleBytes: bigint
}

/** What is neither PMEM, CXL nor HBM of the memory the kernel counts. */
export function dramBytes(shares: TierShares): bigint {
  if (shares.memTotalBytes === null) return 0n
  const rest = shares.memTotalBytes - shares.pmemOnlineBytes - shares.cxlOnlineBytes - shares.hmemOnlineBytes
  return rest > 0n ? rest : 0n
}

const WIDTH = 96
const HEIGHT = 8

/** A host's memory by tier as one bar of fixed width: shares, not sizes. The hatched end could still become RAM. */
export function TierBar({ shares }: { shares: TierShares }) {
  const parts = [
    { word: 'DRAM', bytes: dramBytes(shares), fill: 'fill-tier-dram', over: null },
    { word: 'PMEM', bytes: shares.pmemOnlineBytes, fill: 'fill-tier-pmem', over: 'url(#fill-stripes)' },
    { word: 'CXL', bytes: shares.cxlOnlineBytes, fill: 'fill-tier-cxl', over: 'url(#fill-dots)' },
    { word: 'HBM', bytes: shares.hmemOnlineBytes, fill: 'fill-tier-hbm', over: 'url(#fill-lines)' },
    { word: 'convertible', bytes: shares.convertibleBytes, fill: 'fill-none', over: 'url(#fill-hatch)' },
  ].filter((part) => part.bytes > 0n)
  const total = parts.reduce((sum, part) => sum + part.bytes, 0n)
  if (total === 0n) return null
  const words = parts.map((part) => `${part.word} ${formatBytes(part.bytes)}`).join(', ')
  let from = 0
  return (
    <svg
      role="img"
      aria-label={words}
      width={WIDTH}
      height={HEIGHT}
      className="shrink-0 rounded-[2px] bg-wait-bg"
    >
      <title>{words}</title>
      {parts.map((part) => {
        const width = (Number((part.bytes * 10_000n) / total) / 10_000) * WIDTH
        const x = from
        from += width
        return (
          <g key={part.word}>
            <rect x={x} width={Math.max(1, width - 1)} height={HEIGHT} className={part.fill} />
            {part.over ? (
              <rect x={x} width={Math.max(1, width - 1)} height={HEIGHT} fill={part.over} />
            ) : null}
          </g>
        )
      })}
    </svg>
  )
}
