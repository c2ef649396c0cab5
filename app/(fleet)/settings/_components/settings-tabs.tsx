'use client'

import { clsx } from 'clsx'
import Link from 'next/link'
import { usePathname } from 'next/navigation'

const TABS = [
  { href: '/settings/account', label: 'Your account' },
  { href: '/settings/people', label: 'People' },
  { href: '/settings/approvals', label: 'Approvals' },
  { href: '/settings/floors', label: 'Capacity floors' },
  { href: '/settings/health', label: 'Health' },
  { href: '/settings/tokens', label: 'API tokens' },
] as const

export function SettingsTabs() {
  const pathname = usePathname()
  return (
    <nav aria-label="Settings" className="flex flex-wrap gap-x-1 border-line border-b">
      {TABS.map(({ href, label }) => (
        <Link
          key={href}
          href={href}
          aria-current={pathname === href ? 'page' : undefined}
          className={clsx(
            '-mb-px border-b-2 px-2.5 py-1.5',
            pathname === href
              ? 'border-accent font-medium text-ink'
              : 'border-transparent text-ink-2 hover:text-ink',
          )}
        >
          {label}
        </Link>
      ))}
    </nav>
  )
}
