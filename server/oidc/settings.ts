import type { Role } from '@/server/auth/vocabulary'

/** The identity provider people may sign in by, and what its word is worth. */
export interface OidcSettings {
  /** Without a trailing slash change: exactly as the provider says it. */
  issuer: string
  clientId: string
  clientSecret: string
  /** What the button says: `Sign in with NAME`. */
  name: string
  scopes: string
  /** The claim that tells the role, and the role each of its values gives; null: roles are given here. */
  roles: { claim: string; byValue: Readonly<Record<string, Role>> } | null
  /** Whoever the provider knows gets a viewer's account; else only who was invited. */
  createsViewers: boolean
}
