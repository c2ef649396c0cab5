/** More than this of a host's memory kept free leaves nothing to give back. */
export const mostFloorPercent = 90
