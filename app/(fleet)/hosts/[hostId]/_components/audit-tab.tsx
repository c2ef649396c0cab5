import { AuditList } from '@/app/_components/audit/audit-list'

export function AuditTab({ hostId }: { hostId: string }) {
  return <AuditList hostId={hostId} />
}
