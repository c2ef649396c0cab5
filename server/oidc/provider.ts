import * as oidc from 'openid-client'
import { OidcFault } from './fault'
import type { OidcSettings } from './settings'

/** Each request to the provider; several make one sign-in. */
const requestMs = 10_000
/** What the provider said of itself when somebody was sent there holds until they are back. */
const knownForMs = 3_600_000

/** What the browser is sent away with, and what has to be kept until it comes back. */
export interface Departure {
  url: string
  state: string
  nonce: string
  verifier: string
}

export type Claims = Readonly<Record<string, unknown>> & { sub: string; iss: string }

/**
 * The identity provider, by its own discovery document: asked for when first needed, so that one that is down keeps
 * nobody from starting Daxfleet and is found again by itself. Throws OidcFault.
 */
export class IdentityProvider {
  private known: { at: number; config: oidc.Configuration } | null = null

  constructor(
    private readonly settings: Pick<OidcSettings, 'issuer' | 'clientId' | 'clientSecret' | 'scopes'>,
    private readonly redirectUri: string,
  ) {}

  /** PKCE (S256), state and nonce, each 256 random bits. */
  async depart(): Promise<Departure> {
    // Asked anew each time: nobody is sent to a provider that is down.
    this.known = null
    const config = await this.config()
    const verifier = oidc.randomPKCECodeVerifier()
    const state = oidc.randomState()
    const nonce = oidc.randomNonce()
    const url = oidc.buildAuthorizationUrl(config, {
      redirect_uri: this.redirectUri,
      scope: this.settings.scopes,
      code_challenge: await oidc.calculatePKCECodeChallenge(verifier),
      code_challenge_method: 'S256',
      state,
      nonce,
    })
    return { url: url.href, state, nonce, verifier }
  }

  /** Who it was, from what the browser brought back: issuer, audience, times, nonce and signature of the ID token hold. */
  async arrive(search: string, { state, nonce, verifier }: Omit<Departure, 'url'>): Promise<Claims> {
    const config = await this.config()
    try {
      const tokens = await oidc.authorizationCodeGrant(config, new URL(`${this.redirectUri}${search}`), {
        expectedState: state,
        expectedNonce: nonce,
        pkceCodeVerifier: verifier,
        idTokenExpected: true,
      })
      const claims = tokens.claims()
      if (claims === undefined) throw new OidcFault('provider_fault')
      // Many providers put the address there alone.
      const hasMore = claims.email === undefined && config.serverMetadata().userinfo_endpoint !== undefined
      const more = hasMore ? await oidc.fetchUserInfo(config, tokens.access_token, claims.sub) : {}
      return { ...more, ...claims }
    } catch (error) {
      throw faultOf(error)
    }
  }

  private async config(): Promise<oidc.Configuration> {
    if (this.known !== null && Date.now() - this.known.at < knownForMs) return this.known.config
    const { issuer, clientId, clientSecret } = this.settings
    const isPlain = new URL(issuer).protocol === 'http:'
    try {
      const config = await oidc.discovery(new URL(issuer), clientId, clientSecret, undefined, {
        // Also of what comes back over TLS the signature is looked at. http: loopback alone, by the settings.
        execute: [oidc.enableNonRepudiationChecks, ...(isPlain ? [oidc.allowInsecureRequests] : [])],
        timeout: requestMs / 1000,
        [oidc.customFetch]: (url, { body, ...options }) =>
          fetch(url, {
            ...options,
            ...(body === undefined ? {} : { body: body as BodyInit }),
            signal: AbortSignal.timeout(requestMs),
          }),
      })
      this.known = { at: Date.now(), config }
      return config
    } catch (error) {
      throw faultOf(error)
    }
  }
}

/** By the error's own words: no answer, a "no" of the provider's, or an answer that does not hold. */
function faultOf(cause: unknown): OidcFault {
  if (cause instanceof OidcFault) return cause
  if (cause instanceof oidc.AuthorizationResponseError) {
    const isNo = cause.error === 'access_denied' || cause.error === 'login_required'
    return new OidcFault(isNo ? 'denied' : 'provider_fault', { cause })
  }
  return new OidcFault(isSilence(cause) ? 'provider_down' : 'provider_fault', { cause })
}

/** Nobody answered: refused, unreachable, too slow, or a gateway that says so. */
function isSilence(error: unknown): boolean {
  for (let cause: unknown = error; cause instanceof Error; cause = cause.cause) {
    if (cause.name === 'TimeoutError' || cause.name === 'AbortError') return true
    if ('code' in cause && typeof cause.code === 'string' && silent.test(cause.code)) return true
    if ('status' in cause && typeof cause.status === 'number' && cause.status >= 500) return true
    if (cause.cause instanceof Response && cause.cause.status >= 500) return true
  }
  return false
}
const silent = /^(OAUTH_TIMEOUT|ECONN|ENOTFOUND|EAI_|EHOST|ENET|ETIMEDOUT|UND_ERR_)/
