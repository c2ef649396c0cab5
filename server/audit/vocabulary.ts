import type { Finding } from './finding'

export type { Finding, Verification } from './finding'

/** What an entry may be about. */
export const auditSubjects = [
  'host',
  'device',
  'plan',
  'job',
  'rollout',
  'approval',
  'fleet',
  'credential',
  'user',
  'token',
  'installation',
] as const
export type AuditSubject = (typeof auditSubjects)[number]

/** A finding in one sentence, for the page and the command line alike. */
export function findingWords(finding: Finding): string {
  switch (finding.type) {
    case 'altered':
      return `Entry ${finding.id} (${finding.action}, ${place(finding)}) was altered, or not written by Daxfleet.`
    case 'moved':
      return `Entry ${finding.id} (${finding.action}, ${place(finding)}) was moved: it was written as link ${finding.from}.`
    case 'replaced':
      return `What stands before entry ${finding.id} (${place(finding)}) is not what it was written after.`
    case 'missing': {
      const links =
        finding.from === finding.to ? `Link ${finding.from}` : `Links ${finding.from} to ${finding.to}`
      const known = finding.knownFrom === null ? '' : ` The checkpoint of ${finding.knownFrom} saw them.`
      return `${links} of chain ${finding.chain} ${finding.from === finding.to ? 'is' : 'are'} missing: removed.${known}`
    }
    case 'head':
      return `Chain ${finding.chain} ends with link ${finding.found}, but its end was noted as link ${finding.links}, or with another code.`
    case 'other_history':
      return `Link ${finding.link} of chain ${finding.chain} is another entry than the checkpoint of ${finding.knownFrom} saw: the chain was replaced.`
    case 'forged_checkpoint':
      return `The checkpoint of ${finding.knownFrom} was altered, or signed by another installation.`
    case 'stray':
      return `Entry ${finding.id} belongs to no chain: it was not written by Daxfleet.`
    case 'not_begun':
      return `${finding.entries} entries are in no chain yet: start Daxfleet's worker once, which puts them into one.`
    case 'other_key':
      return `Chain ${finding.chain} (${finding.entries} entries) was written with another key (${finding.keyId}): restore that DATA_DIR/keys/audit-key to verify it.`
  }
}

const place = ({ chain, link }: { chain: number; link: string }) => `link ${link} of chain ${chain}`
