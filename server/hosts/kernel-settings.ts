/**
 * What of a host's kernel, and of what firmware says of its memory, is compared across the fleet and filtered by: `demotion:off`. Each has few values, as words;
 * `unknown` where a kernel has no such thing or nobody read it yet.
 */
export const kernelSettings = [
  'demotion',
  'balancing',
  'tiers',
  'distance',
  'bandwidth',
  'latency',
  'autoonline',
] as const
export type KernelSetting = (typeof kernelSettings)[number]

/** SQL over `h` (Host) for the word of each. */
export const kernelSettingSql: Record<KernelSetting, string> = {
  demotion: `CASE WHEN h."demotionEnabled" THEN 'on' WHEN NOT h."demotionEnabled" THEN 'off' ELSE 'unknown' END`,
  balancing: `CASE h."numaBalancing" WHEN 0 THEN 'off' WHEN 1 THEN 'on' WHEN 2 THEN 'tiering' WHEN 3 THEN 'both' ELSE 'unknown' END`,
  tiers: `coalesce(h."memoryTiers"::text, 'unknown')`,
  distance: `coalesce(h."farthestDistance"::text, 'unknown')`,
  bandwidth: `coalesce(h."slowestReadMibs"::text, 'unknown')`,
  latency: `coalesce(h."longestReadNs"::text, 'unknown')`,
  autoonline: `coalesce(h."autoOnlinePolicy", 'unknown')`,
}

/** What may be asked for in a filter; null where any number may. */
const words: Record<KernelSetting, readonly string[] | null> = {
  demotion: ['on', 'off', 'unknown'],
  balancing: ['off', 'on', 'tiering', 'both', 'unknown'],
  tiers: null,
  distance: null,
  bandwidth: null,
  latency: null,
  autoonline: ['offline', 'online', 'online_kernel', 'online_movable', 'unknown'],
}

export function isKernelSetting(key: string): key is KernelSetting {
  return kernelSettings.some((each) => each === key)
}

/** Null when the value can be one of this setting, else what it can be. */
export function whatElse(setting: KernelSetting, value: string): string | null {
  const known = words[setting]
  if (known !== null) return known.includes(value) ? null : `one of ${known.join(', ')}`
  return /^(\d{1,10}|unknown)$/.test(value) ? null : 'a number, or unknown'
}
