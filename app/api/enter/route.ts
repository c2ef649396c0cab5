import { guard } from '@/server/edge/guard'

export const dynamic = 'force-dynamic'

/**
 * Where a one-time sign-in link leads (as /enter#token). The token is in the fragment, so only the page itself can read it
 * and nothing that merely looks at the link (a chat program's preview, a prefetch) uses it up.
 */
export function GET(request: Request): Response {
  const refusal = guard(request)
  if (refusal !== null) return refusal
  // Set by the proxy, for this request alone.
  const nonce = request.headers.get('x-nonce')?.replace(/[^A-Za-z0-9+/=]/g, '') ?? ''
  return new Response(page(nonce), {
    headers: { 'Content-Type': 'text/html; charset=utf-8', 'Cache-Control': 'no-store' },
  })
}

function page(nonce: string): string {
  return `<!doctype html>
<html lang="en">
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<link rel="icon" href="/icon.svg">
<title>Signing in · Daxfleet</title>
<style nonce="${nonce}">
  :root { color-scheme: light dark; font: 14px/1.5 system-ui, sans-serif }
  main { max-width: 26rem; margin: 20vh auto; padding: 0 1rem }
</style>
<main>
  <h1>Daxfleet</h1>
  <p role="status" id="status">Signing in…</p>
  <noscript><p>This page needs JavaScript.</p></noscript>
</main>
<script nonce="${nonce}">
  const status = document.getElementById('status')
  const token = location.hash.slice(1)
  history.replaceState(null, '', location.pathname)
  const enter = async () => {
    const answer = await fetch('/api/auth/sign-in/link', {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({ token }),
      signal: AbortSignal.timeout(20000),
    })
    if (answer.ok) return location.replace('/hosts')
    const { message } = await answer.json().catch(() => ({}))
    status.textContent = (message ?? 'The server refused this link.') + ' Ask for a new link where Daxfleet runs.'
  }
  enter().catch(() => { status.textContent = 'The Daxfleet server does not answer. Check that it is running, then open the link again.' })
</script>
</html>
`
}
