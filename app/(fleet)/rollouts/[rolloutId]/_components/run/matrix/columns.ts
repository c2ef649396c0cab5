/** One grid for head and rows: host, device, a column a step, state, gained, took. Narrow screens show no steps. */
export const MATRIX_GRID =
  'grid items-center gap-x-1.5 px-3.5 grid-cols-[minmax(0,1fr)_auto_72px] sm:grid-cols-[minmax(120px,1fr)_64px_132px_76px_72px] lg:grid-cols-[minmax(104px,1fr)_58px_repeat(9,minmax(34px,68px))_132px_72px_72px]'
export const STEP_CELL = 'max-lg:hidden'
