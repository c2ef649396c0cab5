import { CopyButton } from '@/app/_components/copy-button'

/** Each lets in once where the phone is lost. Shown this once. */
export function RecoveryCodes({ codes }: { codes: readonly string[] }) {
  return (
    <section aria-label="Recovery codes" className="grid gap-2 border-line border-t pt-3">
      <div className="flex items-center gap-2">
        <h3 className="font-medium">Recovery codes</h3>
        <CopyButton text={codes.join('\n')} label="the recovery codes" />
      </div>
      <p className="text-ink-2">
        Each signs in once in place of a code. Keep them where the phone is not; they are not shown again.
      </p>
      <ul className="grid grid-cols-2 gap-x-4 gap-y-1 font-mono text-xs">
        {codes.map((code) => (
          <li key={code}>{code}</li>
        ))}
      </ul>
    </section>
  )
}
