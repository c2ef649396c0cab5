import { protectedProcedure, router } from '@/server/trpc/procedures'
import { importPreviewSchema, previewImportInput, saveImportInput, saveImportOutput } from './schema'
import * as imports from './service'

export const importsRouter = router({
  // Changes nothing, but files are too long for the address of a GET.
  preview: protectedProcedure
    .input(previewImportInput)
    .output(importPreviewSchema)
    .mutation(({ ctx, input }) => imports.previewImport(ctx, input)),
  save: protectedProcedure
    .input(saveImportInput)
    .output(saveImportOutput)
    .mutation(({ ctx, input }) => imports.saveImport(ctx, input)),
})
