import type { RolloutKind } from '@/server/plans/vocabulary'

const NARROW =
  'grid items-center gap-x-1.5 px-3.5 grid-cols-[minmax(0,1fr)_auto_72px] sm:grid-cols-[minmax(120px,1fr)_64px_132px_76px_72px]'
// Each whole, for the stylesheet is made of the class names that stand in the sources.
const NINE_STEPS = 'lg:grid-cols-[minmax(104px,1fr)_58px_repeat(9,minmax(34px,68px))_132px_72px_72px]'
const EIGHT_STEPS = 'lg:grid-cols-[minmax(104px,1fr)_58px_repeat(8,minmax(34px,68px))_132px_72px_72px]'
const FIVE_STEPS = 'lg:grid-cols-[minmax(104px,1fr)_58px_repeat(5,minmax(34px,68px))_132px_72px_72px]'

/**
 * One grid for head and rows: host, device, a column a step of this kind (`MATRIX_STEPS`), state, gained, took. Narrow
 * screens show no steps.
 */
export const MATRIX_GRID: Readonly<Record<RolloutKind, string>> = {
  convert: `${NARROW} ${NINE_STEPS}`,
  restore: `${NARROW} ${EIGHT_STEPS}`,
  online: `${NARROW} ${FIVE_STEPS}`,
  offline: `${NARROW} ${FIVE_STEPS}`,
}
export const STEP_CELL = 'max-lg:hidden'
