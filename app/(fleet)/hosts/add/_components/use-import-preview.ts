'use client'

import { keepPreviousData, useQuery } from '@tanstack/react-query'
import { useMemo } from 'react'
import { useTRPCClient } from '@/app/_lib/trpc'
import { useDebounced } from '@/app/_lib/use-debounced'
import { useRevision } from '@/app/_lib/use-revision'
import type { ImportRequest } from '@/server/imports/schema'
import type { ImportDraft } from './use-import-draft'

/**
 * The server's verdict on each host, a moment after one stops typing. `request` is what the verdicts are about; what is
 * saved is that and nothing typed since.
 */
export function useImportPreview(draft: ImportDraft) {
  const client = useTRPCClient()
  const { text, files, format, username, variables, groups } = draft
  // biome-ignore lint/correctness/useExhaustiveDependencies: a request is made anew by every drawing; these are what it is made of
  const asked = useMemo(() => draft.request, [text, files, format, username, variables, groups])
  const settled = useDebounced(asked, 250)
  const isEmpty = settled.sources.length === 0
  const query = useQuery({
    queryKey: ['import-preview', useRevision(settled)],
    queryFn: async ({ signal }): Promise<{ request: ImportRequest; preview: Preview }> => ({
      request: settled,
      preview: await client.imports.preview.mutate(settled, { signal }),
    }),
    enabled: !isEmpty && settled.defaultUsername !== '',
    placeholderData: keepPreviousData,
    staleTime: 0,
    gcTime: 0,
    retry: false,
  })
  const read = isEmpty ? undefined : query.data
  return {
    request: read?.request ?? null,
    preview: read?.preview ?? null,
    error: query.error,
    isSettled: settled === asked && !query.isFetching,
    again: () => void query.refetch(),
  }
}
type Preview = Awaited<ReturnType<ReturnType<typeof useTRPCClient>['imports']['preview']['mutate']>>
