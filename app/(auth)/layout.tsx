import type { ReactNode } from 'react'
import { Logo } from '@/app/_components/logo'

export default function AuthLayout({ children }: { children: ReactNode }) {
  return (
    <main className="mx-auto grid min-h-dvh w-full max-w-[400px] content-center gap-5 px-4 py-10">
      <h1 className="flex items-center gap-2.5 font-semibold text-lead">
        <Logo size={22} />
        Daxfleet
      </h1>
      {children}
    </main>
  )
}
