import type { OidcFaultCode } from './vocabulary'

/** A sign-in by the identity provider that ends here; the code says why to the person, the cause to the log. */
export class OidcFault extends Error {
  override readonly name = 'OidcFault'
  constructor(
    readonly code: OidcFaultCode,
    options?: ErrorOptions,
  ) {
    super(`Sign-in by the identity provider: ${code}`, options)
  }
}
