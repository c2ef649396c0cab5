import { protectedProcedure, router } from '@/server/trpc/procedures'
import { listAuditInput, listAuditOutput, takeCheckpointOutput, verifyAuditOutput } from './schema'
import { listAudit } from './service'
import { takeCheckpointNow, verifyNow } from './verify-service'

export const auditRouter = router({
  list: protectedProcedure
    .input(listAuditInput)
    .output(listAuditOutput)
    .query(({ ctx, input }) => listAudit(ctx, input)),
  verify: protectedProcedure.output(verifyAuditOutput).query(({ ctx }) => verifyNow(ctx)),
  takeCheckpoint: protectedProcedure
    .output(takeCheckpointOutput)
    .mutation(({ ctx }) => takeCheckpointNow(ctx)),
})
