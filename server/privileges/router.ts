import { protectedProcedure, router } from '@/server/trpc/procedures'
import { hostPrivilegesInput, hostPrivilegesOutput } from './schema'
import { hostPrivileges } from './service'

export const privilegesRouter = router({
  host: protectedProcedure
    .input(hostPrivilegesInput)
    .output(hostPrivilegesOutput)
    .query(({ ctx, input }) => hostPrivileges(ctx, input)),
})
