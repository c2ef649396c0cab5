/**
 * Next calls this once when the web server starts. What Next itself or a library would print as it comes becomes a line
 * of our log: as JSON, and without what looks like a secret.
 */
export async function register(): Promise<void> {
  if (process.env.NEXT_RUNTIME !== 'nodejs' || process.env.NODE_ENV !== 'production') return
  const { logConsole } = await import('@/server/lib/log-console')
  logConsole()
}
