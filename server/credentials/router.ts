import { hostVerbOutput } from '@/server/hosts/schema'
import { protectedProcedure, router } from '@/server/trpc/procedures'
import {
  addCredentialInput,
  addCredentialOutput,
  listCredentialsOutput,
  removeCredentialInput,
} from './schema'
import * as credentials from './service'

export const credentialsRouter = router({
  list: protectedProcedure.output(listCredentialsOutput).query(({ ctx }) => credentials.listCredentials(ctx)),
  add: protectedProcedure
    .input(addCredentialInput)
    .output(addCredentialOutput)
    .mutation(({ ctx, input }) => credentials.addCredential(ctx, input)),
  remove: protectedProcedure
    .input(removeCredentialInput)
    .output(hostVerbOutput)
    .mutation(({ ctx, input }) => credentials.removeCredential(ctx, input)),
})
