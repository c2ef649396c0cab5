import { protectedProcedure, router } from '@/server/trpc/procedures'
import {
  createTokenInput,
  createTokenOutput,
  listTokensOutput,
  revokeTokenInput,
  revokeTokenOutput,
} from './schema'
import * as tokens from './service'

export const tokensRouter = router({
  list: protectedProcedure.output(listTokensOutput).query(({ ctx }) => tokens.listTokens(ctx)),
  create: protectedProcedure
    .input(createTokenInput)
    .output(createTokenOutput)
    .mutation(({ ctx, input }) => tokens.createToken(ctx, input)),
  revoke: protectedProcedure
    .input(revokeTokenInput)
    .output(revokeTokenOutput)
    .mutation(({ ctx, input }) => tokens.revokeToken(ctx, input)),
})
