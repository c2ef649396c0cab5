import { POST as authRoute } from '@/app/api/auth/[...all]/route'
import { GET as trpcRoute } from '@/app/api/trpc/[trpc]/route'

const origin = 'http://127.0.0.1:3000'

/** A browser as far as the server sees it: it keeps cookies and says where it comes from. */
export class BrowserSession {
  private readonly cookies = new Map<string, string>()

  async post(path: string, body: object): Promise<{ status: number; body: Record<string, unknown> }> {
    const text = JSON.stringify(body)
    const headers = {
      ...{ 'content-type': 'application/json', 'content-length': String(Buffer.byteLength(text)) },
      ...this.headers(),
    }
    const answer = await authRoute(
      new Request(`${origin}/api/auth${path}`, { method: 'POST', headers, body: text }),
    )
    this.keep(answer)
    return { status: answer.status, body: await answer.json() }
  }

  /** Asks a question of the API; its status, and what was answered. */
  async ask(path: string, signal?: AbortSignal): Promise<Response> {
    const about = signal === undefined ? {} : { signal }
    const answer = await trpcRoute(
      new Request(`${origin}/api/trpc/${path}`, { headers: this.headers(), ...about }),
    )
    this.keep(answer)
    return answer
  }

  signIn(email: string, password: string) {
    return this.post('/sign-in/email', { email, password })
  }

  private headers(): Record<string, string> {
    const cookie = [...this.cookies].map(([name, value]) => `${name}=${value}`).join('; ')
    return { host: '127.0.0.1:3000', origin, ...(cookie === '' ? {} : { cookie }) }
  }

  private keep(answer: Response): void {
    for (const set of answer.headers.getSetCookie()) {
      const [pair = ''] = set.split(';')
      const at = pair.indexOf('=')
      if (/Max-Age=0/i.test(set)) this.cookies.delete(pair.slice(0, at))
      else this.cookies.set(pair.slice(0, at), pair.slice(at + 1))
    }
  }
}
