import { plural } from '@/app/_lib/format'
import { IN_KERNEL } from '@/app/_lib/run-words'
import { stepWord } from '@/app/_lib/steps'
import { blockCountOf, type SysfsWrite, writePath } from '@/app/_lib/writes'

/** The very writes, in order, to the letter; with results where they happened. */
export function WriteList({
  writes,
  label,
}: {
  writes: readonly (SysfsWrite & { result?: string })[]
  label: string
}) {
  const hasResults = writes.some((write) => write.result !== undefined)
  return (
    <section
      aria-label={label}
      // biome-ignore lint/a11y/noNoninteractiveTabindex: what scrolls must be reachable by keyboard (WCAG 2.1.1)
      tabIndex={0}
      className="@container overflow-x-auto rounded-md border border-line bg-bg px-3 py-2"
    >
      {/* Where it is narrow (a phone, a drawer) a write takes three lines, so that what is written stays in sight. */}
      <table className="w-full font-mono text-xs leading-[19px] @max-[38rem]:block">
        <thead className="sr-only">
          <tr>
            <th scope="col">Step</th>
            {hasResults ? <th scope="col">Result</th> : null}
            <th scope="col">File</th>
            <th scope="col">Value</th>
          </tr>
        </thead>
        <tbody className="@max-[38rem]:grid @max-[38rem]:gap-1.5">
          {writes.map((write, index) => (
            // biome-ignore lint/suspicious/noArrayIndexKey: the order is the identity: the same write may stand twice
            <tr key={index} className="align-top @max-[38rem]:flex @max-[38rem]:flex-wrap">
              <td className="pr-4 font-sans text-ink-3 whitespace-nowrap">{stepWord(write.step)}</td>
              {hasResults ? (
                <td className="pr-4 whitespace-nowrap">
                  <Result text={write.result ?? ''} />
                </td>
              ) : null}
              <td className="pr-4 font-medium text-ink whitespace-nowrap @max-[38rem]:w-full @max-[38rem]:pr-0 @max-[38rem]:whitespace-normal @max-[38rem]:break-all">
                {writePath(write)}
              </td>
              <td className="min-w-48 pr-4 text-ink-2 [overflow-wrap:anywhere] @max-[38rem]:w-full @max-[38rem]:pr-0 @max-[38rem]:before:content-['←_'_/_'']">
                <Value text={write.value} />
                {blockCountOf(write) > 0 ? (
                  <span className="font-sans text-ink-3"> × {plural(blockCountOf(write), 'block')}</span>
                ) : null}
              </td>
            </tr>
          ))}
        </tbody>
      </table>
    </section>
  )
}

/** A file of many lines is their number, and all of it where somebody opens it. */
function Value({ text }: { text: string }) {
  const lines = text.trimEnd().split('\n')
  if (lines.length === 1) return text
  return (
    <details>
      <summary>{plural(lines.length, 'line')}</summary>
      <pre className="whitespace-pre-wrap">{text.trimEnd()}</pre>
    </details>
  )
}

function Result({ text }: { text: string }) {
  return <span className={INKS[text] ?? 'font-medium text-fail'}>{text}</span>
}

/** What is none of these is the name of an error. */
const INKS: Record<string, string> = { ok: 'text-ok', 'not known': 'text-lost', [IN_KERNEL]: 'text-run' }
