import type { PlanKind } from './vocabulary'

/** The verb of an approval, as it is typed. */
const verbs: Readonly<Record<PlanKind, string>> = { convert: 'convert', restore: 'give back' }

/** What an approver types: it names the device and the host, so that no reflex can approve the wrong one. */
export function approvalPhrase(kind: PlanKind, daxName: string, hostName: string): string {
  return `${verbs[kind]} ${daxName} on ${hostName}`
}

/** The same for many: it says how much, so that no reflex can approve more than was meant. */
export function rolloutPhrase(kind: PlanKind, devices: number, hosts: number): string {
  return `${verbs[kind]} ${devices} ${devices === 1 ? 'device' : 'devices'} on ${hosts} ${hosts === 1 ? 'host' : 'hosts'}`
}
