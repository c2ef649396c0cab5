import type { HostDetail } from '@/server/hosts/schemas/detail'

/** The keys a person has to decide about now: those never reviewed, and a rejected one the host shows again. */
export function keysToDecide(host: Pick<HostDetail, 'state' | 'keys'>): HostDetail['keys'] {
  const isAsked = host.state === 'key_review' || host.state === 'key_changed'
  return host.keys.filter(({ status }) => status === 'pending' || (isAsked && status === 'rejected'))
}
