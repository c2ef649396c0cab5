import { protectedProcedure, publicProcedure, router } from '@/server/trpc/procedures'
import { refusedTo } from './authorise'
import { completeSetupInput, completeSetupOutput, meOutput, setupStatusOutput } from './schema'
import { completeSetup, needsSetup } from './setup-link'

export const sessionRouter = router({
  me: protectedProcedure.output(meOutput).query(({ ctx }) => ({ ...ctx.user, refused: refusedTo(ctx.user) })),
})

/** Public, because they are there before anybody can be signed in. */
export const setupRouter = router({
  status: publicProcedure
    .output(setupStatusOutput)
    .query(async ({ ctx }) => ({ needsSetup: await needsSetup(ctx) })),
  complete: publicProcedure
    .input(completeSetupInput)
    .output(completeSetupOutput)
    .mutation(({ ctx, input }) => completeSetup(ctx, input)),
})
