import type { Metadata, Viewport } from 'next'
import { cookies } from 'next/headers'
import type { ReactNode } from 'react'
import { Notices } from './_components/notices'
import { Patterns } from './_components/patterns'
import { Providers } from './_components/providers'
import { parseTheme, THEME_COOKIE } from './_lib/theme'
import './globals.css'

export const metadata: Metadata = {
  title: { default: 'Daxfleet', template: '%s · Daxfleet' },
  description: 'Device-dax memory into system RAM across a fleet, as read back from the kernel.',
}
export const viewport: Viewport = { width: 'device-width', initialScale: 1 }

export default async function RootLayout({ children }: { children: ReactNode }) {
  const theme = parseTheme((await cookies()).get(THEME_COOKIE)?.value)
  return (
    <html lang="en" data-theme={theme === 'system' ? undefined : theme}>
      <body>
        <Patterns />
        <Providers>
          {children}
          <Notices />
        </Providers>
      </body>
    </html>
  )
}
