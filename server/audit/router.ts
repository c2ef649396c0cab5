import { protectedProcedure, router } from '@/server/trpc/procedures'
import { listAuditInput, listAuditOutput } from './schema'
import { listAudit } from './service'

export const auditRouter = router({
  list: protectedProcedure
    .input(listAuditInput)
    .output(listAuditOutput)
    .query(({ ctx, input }) => listAudit(ctx, input)),
})
