import type { Metadata } from 'next'

export const metadata: Metadata = { title: 'No such page' }

export default function NotFound() {
  return (
    <main className="mx-auto grid min-h-dvh max-w-[420px] content-center gap-2 px-4">
      <h1 className="font-semibold text-title tracking-tight">There is no such page</h1>
      <p className="text-ink-2 text-lead">
        The address may be cut off. {/* A plain link: every page carries what this one imports. */}
        <a href="/hosts" className="rounded-sm text-ink underline underline-offset-4">
          To the hosts
        </a>
      </p>
    </main>
  )
}
