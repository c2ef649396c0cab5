import type { DeviceStateName } from './vocabulary'

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
