import { clsx } from 'clsx'
import type { FillName } from './chart-data'

const FILLS: Record<FillName, { fill: string; over: string | null }> = {
  dram: { fill: 'fill-tier-dram', over: null },
  pmem: { fill: 'fill-tier-pmem', over: 'url(#fill-stripes)' },
  cxl: { fill: 'fill-tier-cxl', over: 'url(#fill-dots)' },
  hbm: { fill: 'fill-tier-hbm', over: 'url(#fill-lines)' },
  convertible: { fill: 'fill-none', over: 'url(#fill-hatch)' },
  lost: { fill: 'fill-line-strong', over: 'url(#fill-rules)' },
  hosts: { fill: 'fill-accent/45', over: null },
}
const SHADES = ['opacity-100', 'opacity-70', 'opacity-50']

/** A part's colour and pattern as the chart draws them. */
export function Swatch({ fill, shade }: { fill: FillName; shade: number }) {
  const { fill: color, over } = FILLS[fill]
  return (
    <svg aria-hidden="true" width="12" height="12" className="shrink-0 rounded-[2px]">
      <rect width="12" height="12" className={clsx(color, SHADES[shade % SHADES.length])} />
      {over === null ? null : <rect width="12" height="12" fill={over} />}
    </svg>
  )
}

/** A line as the chart draws it. */
export function LineSwatch({ dash }: { dash: readonly number[] }) {
  return (
    <svg aria-hidden="true" width="18" height="12" className="shrink-0">
      <path d="M0 6H18" className="stroke-ink-2" strokeWidth="1.5" strokeDasharray={dash.join(' ')} />
    </svg>
  )
}
