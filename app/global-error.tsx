'use client'

import './globals.css'

/** The last net: even the frame of the page failed. */
export default function GlobalError({ reset }: { error: Error; reset: () => void }) {
  return (
    <html lang="en">
      <body>
        <main className="mx-auto grid min-h-dvh max-w-[420px] content-center justify-items-start gap-2 px-4">
          <h1 className="font-semibold text-title">Daxfleet could not draw this page</h1>
          <p className="text-ink-2 text-lead">Runs on hosts go on without it.</p>
          <button
            type="button"
            onClick={reset}
            className="rounded-md border border-line-strong px-3 py-1 font-medium"
          >
            Try again
          </button>
        </main>
      </body>
    </html>
  )
}
