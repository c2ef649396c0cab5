const { CHAOS_SEED, CHAOS_FROM = '1', CHAOS_SCHEDULES = '20', CHAOS_EVERY = 'no' } = process.env

/** Seeds of the random schedules: one exactly, or so many from one on. */
export const seeds: number[] =
  CHAOS_SEED === undefined
    ? Array.from({ length: Number(CHAOS_SCHEDULES) }, (_, index) => Number(CHAOS_FROM) + index)
    : [Number(CHAOS_SEED)]

/**
 * All points, or (without CHAOS_EVERY=yes) those between which a conversion is in another state: changes of the job,
 * and the last thing before each act on the kernel.
 */
export function pointsToTry<T>(points: readonly T[], isTelling: (point: T) => boolean): T[] {
  return CHAOS_EVERY === 'yes' ? [...points] : points.filter(isTelling)
}
