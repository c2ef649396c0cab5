import type { Sort } from './use-host-view'

export interface HostColumn {
  id: string
  label: string
  sort: Sort | null
  /** Shared by the heading and the cells below it. */
  className: string
}

/** One grid for headings and rows; narrow windows keep what one acts on. */
export const HOST_GRID =
  'grid items-center grid-cols-[30px_144px_minmax(90px,1fr)_84px] md:grid-cols-[34px_148px_minmax(150px,1.2fr)_100px_104px_84px] xl:grid-cols-[34px_148px_minmax(160px,1.2fr)_minmax(120px,1fr)_minmax(110px,0.8fr)_210px_110px_90px]'

export const HOST_COLUMNS: readonly HostColumn[] = [
  { id: 'state', label: 'State', sort: 'state', className: 'pr-1' },
  { id: 'name', label: 'Host', sort: 'name', className: 'pr-3' },
  { id: 'labels', label: 'Labels', sort: null, className: 'pr-3 max-xl:hidden' },
  { id: 'kernel', label: 'Kernel', sort: 'kernel', className: 'pr-3 max-xl:hidden' },
  { id: 'memory', label: 'Memory by tier', sort: 'memTotal', className: 'pr-3 text-right max-md:hidden' },
  { id: 'convertible', label: 'Convertible', sort: 'convertible', className: 'pr-3 text-right' },
  { id: 'seen', label: 'Last seen', sort: 'lastSeen', className: 'pr-3.5 text-right max-md:hidden' },
]
