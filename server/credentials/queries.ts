import type { Prisma } from '@/prisma/generated/client'

/** What of a credential may leave the server: never the sealed key. */
export const credentialColumns = {
  id: true,
  name: true,
  kind: true,
  algorithm: true,
  fingerprint: true,
  publicKey: true,
  createdAt: true,
  _count: { select: { hosts: true } },
} satisfies Prisma.CredentialSelect

type Row = Prisma.CredentialGetPayload<{ select: typeof credentialColumns }>

export function credentialView({ _count, ...columns }: Row) {
  return {
    ...columns,
    kind: columns.kind === 'agent' ? ('agent' as const) : ('key' as const),
    hostCount: _count.hosts,
  }
}
