/** Where the provider sends browsers back to: no /api/ address, for they come from another site. */
export const oidcCallbackPath = '/sign-in/oidc'
/** better-auth's endpoint behind it; not served by its own address. */
export const oidcFinishPath = '/oidc/finish'
