import { countSpans, idsOf, inSpans, spansText, toSpans } from '../lib/spans'
import type { BlockSpan, DaxDevice, PlannedBlocks, Refusal, Share, ShareQuestion } from '../protocol'

const mib = (bytes: bigint) =>
  bytes % 1073741824n === 0n ? `${bytes / 1073741824n} GiB` : `${bytes / 1048576n} MiB`

/** The same share asked again, of an item: what was named, or the bytes from which its blocks were chosen. */
export function shareQuestionOf({ askedBytes, blocks }: Share): ShareQuestion {
  return askedBytes === null ? { blocks } : { shareBytes: askedBytes }
}

/** What of `blocks` lies in `spans`. */
export function partOf(blocks: readonly PlannedBlocks[], spans: readonly BlockSpan[]): PlannedBlocks[] {
  return blocks.flatMap((run) =>
    spans.flatMap(([first, last]) => {
      const part = { ...run, first: Math.max(first, run.first), last: Math.min(last, run.last) }
      return part.first <= part.last ? [part] : []
    }),
  )
}

/** Blocks that are there, in ascending order, of those states. */
function idsIn(blocks: readonly PlannedBlocks[], ...states: PlannedBlocks['state'][]): number[] {
  const runs = blocks.filter(({ state }) => states.includes(state))
  return [...idsOf(runs.map(({ first, last }): BlockSpan => [first, last]))]
}

/**
 * Which blocks the share is. Of bytes, whole blocks and never more than asked: to come online the lowest that are offline,
 * to go the highest that are online, so that what is online stays together. A refusal beside it where there are not so
 * many.
 */
export function chooseShare(
  { name }: DaxDevice,
  blocks: readonly PlannedBlocks[],
  blockSizeBytes: bigint,
  asked: ShareQuestion,
  kind: 'online' | 'offline',
): { share: Share; refusal: Refusal | null } {
  const of = (spans: BlockSpan[], askedBytes: string | null): Share => ({
    askedBytes,
    blocks: spans,
    bytes: String(BigInt(countSpans(spans)) * blockSizeBytes),
  })
  const here = blocks.map(({ first, last }): BlockSpan => [first, last])
  if ('blocks' in asked) {
    const spans = toSpans([...idsOf(asked.blocks)])
    const strange = [...idsOf(spans)].filter((id) => !inSpans(here, id))
    if (strange.length === 0) return { share: of(spans, null), refusal: null }
    const message = `Blocks ${spansText(toSpans(strange))} are none of ${name}, or not plugged in.`
    const next = `Name blocks among ${spansText(here) || 'those it has once it is system RAM'}.`
    return { share: of(spans, null), refusal: { code: 'no_such_block', message, next } }
  }
  const bytes = BigInt(asked.shareBytes)
  const ids = kind === 'offline' ? idsIn(blocks, 'online').reverse() : idsIn(blocks, 'offline')
  const wanted = blockSizeBytes === 0n ? 0n : bytes / blockSizeBytes
  const chosen = wanted > BigInt(ids.length) ? ids : ids.slice(0, Number(wanted))
  const share = of(toSpans(chosen), asked.shareBytes)
  if (wanted === 0n) {
    const message = `${mib(bytes)} is less than one memory block of ${mib(blockSizeBytes)}.`
    const next = `Ask for ${mib(blockSizeBytes)} or more.`
    return { share, refusal: { code: 'too_small', message, next } }
  }
  if (BigInt(chosen.length) === wanted) return { share, refusal: null }
  const is = kind === 'offline' ? 'online' : 'offline'
  const message = `Only ${mib(BigInt(share.bytes))} of ${name} are ${is} (${chosen.length} blocks); ${mib(bytes)} were asked.`
  return {
    share,
    refusal: { code: 'share_too_large', message, next: `Ask for ${mib(BigInt(share.bytes))} or less.` },
  }
}
