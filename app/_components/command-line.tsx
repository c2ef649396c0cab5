import { CopyButton } from './copy-button'

/** One command to run elsewhere, with its copy button. */
export function CommandLine({ text, label }: { text: string; label: string }) {
  return (
    <div className="flex items-start gap-2 rounded-md border border-line bg-bg py-1 pr-1 pl-3">
      <code className="min-w-0 flex-1 py-1 font-mono text-xs leading-[19px] whitespace-pre-wrap text-ink [overflow-wrap:anywhere]">
        {text}
      </code>
      <CopyButton text={text} label={label} />
    </div>
  )
}
