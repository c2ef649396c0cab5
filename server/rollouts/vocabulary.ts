import type { DeviceStateName } from '@/server/hosts/schema'

export const deviceKinds = ['pmem', 'cxl', 'hmem', 'unknown'] as const
export type DeviceKindName = (typeof deviceKinds)[number]

/** What operators call a device's state, and what the tables call it. */
export const deviceWords = {
  convertible: 'convertible',
  converted: 'system_ram',
  system_ram: 'system_ram',
  partial: 'partial',
  unbound: 'unbound',
  stranded: 'stranded',
  incompatible: 'incompatible',
} as const satisfies Record<string, DeviceStateName>
