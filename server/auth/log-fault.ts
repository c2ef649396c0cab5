import { isAPIError } from 'better-auth/api'
import { faultText, webLog } from '@/server/lib/web-log'

/** What better-auth answers with: a wrong code is a person's everyday and in the audit log; only what nobody expected is an error. */
export function logFault(error: unknown): void {
  if (isAPIError(error) && error.statusCode < 500)
    webLog('info', 'a request to sign in was refused', { why: error.message })
  else webLog('error', 'a fault in signing in', { why: faultText(error) })
}
