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
      className="overflow-x-auto rounded-md border border-line bg-bg px-3 py-2"
    >
      {/* On a phone a write takes three lines, so that what is written stays in sight. */}
      <table className="w-full font-mono text-xs leading-[19px] max-sm:block">
        <thead className="sr-only">
          <tr>
            <th scope="col">Step</th>
            {hasResults ? <th scope="col">Result</th> : null}
            <th scope="col">File</th>
            <th scope="col">Value</th>
          </tr>
        </thead>
        <tbody className="max-sm:grid max-sm:gap-1.5">
          {writes.map((write, index) => (
            // biome-ignore lint/suspicious/noArrayIndexKey: the order is the identity: the same write may stand twice
            <tr key={index} className="align-top max-sm:flex max-sm:flex-wrap">
              <td className="pr-4 font-sans text-ink-3 whitespace-nowrap">{stepWord(write.step)}</td>
              {hasResults ? (
                <td className="pr-4 whitespace-nowrap">
                  <Result text={write.result ?? ''} />
                </td>
              ) : null}
              <td className="pr-4 font-medium text-ink whitespace-nowrap max-sm:w-full max-sm:pr-0 max-sm:whitespace-normal max-sm:break-all">
                {writePath(write)}
              </td>
              <td className="pr-4 text-ink-2 whitespace-nowrap max-sm:w-full max-sm:pr-0 max-sm:whitespace-normal max-sm:break-all max-sm:before:content-['←_'_/_'']">
                {write.value}
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

function Result({ text }: { text: string }) {
  return <span className={INKS[text] ?? 'font-medium text-fail'}>{text}</span>
}

/** What is none of these is the name of an error. */
const INKS: Record<string, string> = { ok: 'text-ok', 'not known': 'text-lost', [IN_KERNEL]: 'text-run' }
