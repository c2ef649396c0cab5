/** How many columns the table of a plan's devices has: what is opened spans them all. */
export const PLAN_COLUMNS = 10
