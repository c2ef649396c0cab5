import { GET as backFromProvider } from '@/app/(auth)/sign-in/oidc/route'
import { POST as authRoute } from '@/app/api/auth/[...all]/route'
import { GET as trpcRoute } from '@/app/api/trpc/[trpc]/route'
import { Cookies } from './cookies'

const origin = 'http://127.0.0.1:3000'

/** A browser as far as the server sees it: it keeps cookies and says where it comes from. */
export class BrowserSession {
  readonly cookies = new Cookies()
  private readonly there = new Cookies()

  async post(path: string, body: object): Promise<{ status: number; body: Record<string, unknown> }> {
    const text = JSON.stringify(body)
    const headers = {
      ...{ 'content-type': 'application/json', 'content-length': String(Buffer.byteLength(text)) },
      ...this.headers(),
    }
    const answer = await authRoute(
      new Request(`${origin}/api/auth${path}`, { method: 'POST', headers, body: text }),
    )
    this.cookies.keep(answer)
    return { status: answer.status, body: await answer.json() }
  }

  /** Asks a question of the API; its status, and what was answered. */
  async ask(path: string, signal?: AbortSignal): Promise<Response> {
    const about = signal === undefined ? {} : { signal }
    const answer = await trpcRoute(
      new Request(`${origin}/api/trpc/${path}`, { headers: this.headers(), ...about }),
    )
    this.cookies.keep(answer)
    return answer
  }

  signIn(email: string, password: string) {
    return this.post('/sign-in/email', { email, password })
  }

  /** Goes to the identity provider and signs in there as `sub` (null: says no); where the provider sends it back to. */
  async throughProvider(sub: string | null, next = '/'): Promise<string> {
    const begun = await this.post('/sign-in/oidc', { next })
    let url = String(begun.body.url)
    let sent: RequestInit = {}
    for (let step = 0; step < 20; step++) {
      const answer = await fetch(url, { ...sent, redirect: 'manual', headers: this.there.header() })
      this.there.keep(answer)
      const location = answer.headers.get('location')
      sent = {}
      if (location === null) {
        if (answer.status !== 200)
          throw new Error(`The provider said ${answer.status}: ${await answer.text()}`)
        sent = { method: 'POST', body: new URLSearchParams(sub === null ? { deny: 'yes' } : { sub }) }
        continue
      }
      url = new URL(location, url).href
      if (url.startsWith(origin)) return url
    }
    throw new Error(`The provider goes round in circles at ${url}`)
  }

  /** Opens the address the provider sent it back to; where that leads. */
  async comeBack(url: string): Promise<string> {
    const { origin: _none, ...headers } = this.headers()
    const site = { 'sec-fetch-site': 'cross-site', 'sec-fetch-mode': 'navigate' }
    const answer = await backFromProvider(new Request(url, { headers: { ...headers, ...site } }))
    this.cookies.keep(answer)
    return (answer.headers.get('location') ?? '').replace(origin, '')
  }

  private headers(): Record<string, string> {
    return { host: '127.0.0.1:3000', origin, ...this.cookies.header() }
  }
}
