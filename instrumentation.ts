/**
 * Next calls this once when the web server starts, before it answers anybody. No client's claim about its address is
 * believed, and no path reaches Next that cannot be decoded; and what Next itself or a library would print as it comes
 * becomes a line of our log: as JSON, and without what looks like a secret.
 */
export async function register(): Promise<void> {
  if (process.env.NEXT_RUNTIME !== 'nodejs') return
  const { believeOnlyProxies } = await import('@/server/edge/believe-proxies')
  const { config } = await import('@/server/lib/config')
  const { readablePathsOnly } = await import('@/server/edge/readable-path')
  believeOnlyProxies(config().trustedProxies)
  readablePathsOnly()
  if (process.env.NODE_ENV !== 'production') return
  const { logConsole } = await import('@/server/lib/log-console')
  logConsole()
}
