import {
  ChartArea,
  ClipboardCheck,
  Gauge,
  KeyRound,
  Layers,
  ListChecks,
  ScrollText,
  Server,
  Settings,
} from 'lucide-react'

/** Only pages that exist. */
export const NAV_ITEMS = [
  { href: '/', label: 'Overview', icon: Gauge },
  { href: '/hosts', label: 'Hosts', icon: Server },
  { href: '/rollouts', label: 'Rollouts', icon: Layers },
  { href: '/runs', label: 'Runs', icon: ListChecks },
  { href: '/approvals', label: 'Approvals', icon: ClipboardCheck },
  { href: '/capacity', label: 'Capacity', icon: ChartArea },
  { href: '/keys', label: 'Keys', icon: KeyRound },
  { href: '/audit', label: 'Audit', icon: ScrollText },
  { href: '/settings', label: 'Settings', icon: Settings },
] as const
