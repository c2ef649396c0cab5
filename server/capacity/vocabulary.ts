/** Where a page of memory lies. `hbm` stands for every device of dax_hmem: HBM, and other soft-reserved memory. */
export const TIERS = ['dram', 'pmem', 'cxl', 'hbm'] as const
export type Tier = (typeof TIERS)[number]

/** How finely times are told: as sampled, by five minutes, by the hour. Each coarser one is kept longer. */
export const RESOLUTIONS = ['raw', 'fiveMinutes', 'hour'] as const
export type Resolution = (typeof RESOLUTIONS)[number]

/** How a host's memory is divided in a chart. */
export const HOST_DIVISIONS = ['tier', 'node', 'device'] as const
export type HostDivision = (typeof HOST_DIVISIONS)[number]

/**
 * All there is of a fleet or of a group, in a chart: RAM by tier, and of what is no RAM (yet) what could be, and what
 * no conversion can yield because it does not fill a memory block.
 */
export const FLEET_SERIES = [...TIERS, 'convertible', 'lost'] as const
export type FleetSeries = (typeof FLEET_SERIES)[number]
