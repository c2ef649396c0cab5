import type { KernelSetting } from '@/server/hosts/kernel-settings'
import { formatCount } from './format'

/** Tiering in the words operators know, and what a setting means for memory of several speeds. */

export const BALANCING_WORDS: Readonly<Record<number, string>> = {
  0: 'off',
  1: 'on',
  2: 'tiering',
  3: 'on, and tiering',
}

interface Words {
  title: string
  /** What hosts with this value do, after "14 hosts". */
  says: (value: string, isOne: boolean) => string
  /** What it is good to know of it. */
  advice: string
}

const plural = (isOne: boolean, one: string, many: string) => (isOne ? one : many)

export const SETTING_WORDS: Readonly<Record<KernelSetting, Words>> = {
  demotion: {
    title: 'Demotion',
    says: (value, isOne) =>
      value === 'unknown'
        ? `${plural(isOne, 'does', 'do')} not say whether demotion is on`
        : `${plural(isOne, 'has', 'have')} demotion ${value}`,
    advice: 'With demotion on, cold pages move to slower memory before they are dropped or swapped.',
  },
  balancing: {
    title: 'NUMA balancing',
    says: (value, isOne) =>
      value === 'unknown'
        ? `${plural(isOne, 'has', 'have')} no NUMA balancing`
        : `${plural(isOne, 'has', 'have')} NUMA balancing ${value === 'tiering' ? 'in tiering mode' : value}`,
    advice: 'In tiering mode (kernel.numa_balancing = 2) hot pages come back from slower memory.',
  },
  tiers: {
    title: 'Memory tiers',
    says: (value, isOne) =>
      value === 'unknown'
        ? `${plural(isOne, 'tells', 'tell')} no tiers`
        : `${plural(isOne, 'sees', 'see')} ${value} memory ${value === '1' ? 'tier' : 'tiers'}`,
    advice: 'With one tier the kernel takes all memory for equally fast, and neither demotes nor promotes.',
  },
  distance: {
    title: 'Farthest node',
    says: (value, isOne) =>
      value === 'unknown'
        ? `${plural(isOne, 'tells', 'tell')} no distances`
        : `${plural(isOne, 'has', 'have')} the farthest node at distance ${value}`,
    advice: 'Machines alike have distances alike: another one points at firmware settings.',
  },
  bandwidth: {
    title: 'Slowest read',
    says: (value, isOne) =>
      value === 'unknown'
        ? `${plural(isOne, 'tells', 'tell')} no bandwidth`
        : `${plural(isOne, 'reads its', 'read their')} slowest memory at ${formatCount(Number(value))} MiB/s`,
    advice:
      'As firmware tells it (HMAT, or a CXL device’s own table). Less than on machines alike: look at slots and links.',
  },
  latency: {
    title: 'Longest latency',
    says: (value, isOne) =>
      value === 'unknown'
        ? `${plural(isOne, 'tells', 'tell')} no latency`
        : `${plural(isOne, 'waits', 'wait')} ${formatCount(Number(value))} ns for ${plural(isOne, 'its', 'their')} farthest memory`,
    advice:
      'From the nearest processors to the farthest node, as firmware tells it. What has to be quick belongs on nearer nodes.',
  },
  autoonline: {
    title: 'Auto-online',
    says: (value, isOne) =>
      value === 'unknown'
        ? `${plural(isOne, 'tells', 'tell')} no auto-online policy`
        : `${plural(isOne, 'leaves', 'leave')} new memory ${value === 'offline' ? 'offline' : `to ${value}`}`,
    advice: 'Who onlines new memory by itself also chooses its zone.',
  },
}

/** "14 hosts have demotion off". */
export function hostsSay(setting: KernelSetting, value: string, hosts: number): string {
  return `${formatCount(hosts)} ${hosts === 1 ? 'host' : 'hosts'} ${SETTING_WORDS[setting].says(value, hosts === 1)}`
}

/**
 * How a figure lies to that of most hosts: `half of what most have`. Null for words, and where either is not known: only
 * figures can be so much more or less.
 */
export function againstMost(setting: KernelSetting, value: string, most: string): string | null {
  if (setting !== 'distance' && setting !== 'bandwidth' && setting !== 'latency') return null
  const [is, usual] = [Number(value), Number(most)]
  if (!(is > 0) || !(usual > 0) || is === usual) return null
  const percent = Math.round((is / usual - 1) * 100)
  if (percent === 0) return 'nearly what most have'
  return `${Math.abs(percent)} % ${percent > 0 ? 'more' : 'less'} than most`
}

/** The filter of the hosts page that shows exactly those that were counted. */
export function settingQuery(setting: KernelSetting, value: string): string {
  return `${setting}:${value} kind:pmem,cxl,hmem,unknown`
}
