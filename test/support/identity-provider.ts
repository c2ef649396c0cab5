import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import Provider from 'oidc-provider'

/** Somebody the provider knows, with the claims it makes about them. */
export interface Subject {
  sub: string
  email: string
  email_verified?: boolean
  name?: string
  groups?: string[]
}

const clientId = 'daxfleet'
const clientSecret = 'a secret of the tests, nothing else'

/**
 * A real OpenID Connect provider (the package oidc-provider) on loopback, which signs in whoever is named in its form. It
 * asks for PKCE; nothing of the protocol is ours but the form.
 */
export class TestIdentityProvider {
  /** Whoever may sign in there, by `sub`. */
  readonly subjects = new Map<string, Subject>()
  private constructor(
    private server: Server,
    private readonly port: number,
    private readonly handler: (request: IncomingMessage, response: ServerResponse) => void,
  ) {}

  static async start(redirectUri: string): Promise<TestIdentityProvider> {
    const server = createServer((request, response) => handle(request, response))
    await listen(server, 0)
    const { port } = server.address() as AddressInfo
    const issuer = `http://127.0.0.1:${port}`
    let known: TestIdentityProvider | undefined
    const provider = new Provider(issuer, {
      clients: [{ client_id: clientId, client_secret: clientSecret, redirect_uris: [redirectUri] }],
      cookies: { keys: ['of the tests'] },
      pkce: { required: () => true },
      features: { devInteractions: { enabled: false } },
      claims: { openid: ['sub'], email: ['email', 'email_verified'], profile: ['name', 'groups'] },
      // Claims in the ID token itself: what is verified there is what counts.
      conformIdTokenClaims: false,
      interactions: { url: (_ctx: unknown, { uid }: { uid: string }) => `/sign-in-there/${uid}` },
      findAccount: (_ctx: unknown, sub: string) => {
        const subject = known?.subjects.get(sub)
        return subject && { accountId: sub, claims: () => subject }
      },
    })
    const serve = provider.callback()
    const handle = (request: IncomingMessage, response: ServerResponse) => {
      if (!request.url?.startsWith('/sign-in-there/')) return serve(request, response)
      void interact(provider, request, response).catch((error: unknown) => {
        response.writeHead(500).end(String(error))
      })
    }
    known = new TestIdentityProvider(server, port, handle)
    return known
  }

  get issuer(): string {
    return `http://127.0.0.1:${this.port}`
  }

  /** What Daxfleet is told of it. */
  settings(): Record<string, string> {
    return { OIDC_ISSUER: this.issuer, OIDC_CLIENT_ID: clientId, OIDC_CLIENT_SECRET: clientSecret }
  }

  /** Nobody answers at its address from here on, until `rise`. */
  async fall(): Promise<void> {
    this.server.closeAllConnections()
    await new Promise((resolve) => this.server.close(resolve))
  }

  async rise(): Promise<void> {
    this.server = createServer(this.handler)
    await listen(this.server, this.port)
  }
}

function listen(server: Server, port: number): Promise<void> {
  return new Promise((resolve, reject) => {
    server.once('error', reject)
    server.listen(port, '127.0.0.1', resolve)
  })
}

const form = `<!doctype html><html lang="en"><title>The provider</title><link rel="icon" href="data:,"><form method="post">
  <label>Who are you? <input name="sub" autofocus></label><button>Sign in there</button>
  <button name="deny" value="yes">Rather not</button></form></html>`

async function interact(
  provider: Provider,
  request: IncomingMessage,
  response: ServerResponse,
): Promise<void> {
  const { prompt, params, session } = await provider.interactionDetails(request, response)
  if (prompt.name === 'consent') {
    const grant = new provider.Grant({
      accountId: session?.accountId ?? '',
      clientId: String(params.client_id),
    })
    grant.addOIDCScope(String(params.scope))
    return provider.interactionFinished(request, response, { consent: { grantId: await grant.save() } })
  }
  if (request.method !== 'POST') {
    response.writeHead(200, { 'content-type': 'text/html' }).end(form)
    return
  }
  let body = ''
  for await (const chunk of request) body += String(chunk)
  const given = new URLSearchParams(body)
  const result =
    given.get('deny') === 'yes'
      ? { error: 'access_denied', error_description: 'not now' }
      : { login: { accountId: given.get('sub') ?? '' } }
  await provider.interactionFinished(request, response, result)
}
