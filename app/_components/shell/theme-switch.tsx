'use client'

import { clsx } from 'clsx'
import { Monitor, Moon, Sun } from 'lucide-react'
import { useEffect, useState } from 'react'
import { applyTheme, parseTheme, type Theme } from '@/app/_lib/theme'

const CHOICES = [
  { theme: 'system', label: 'As the system', icon: Monitor },
  { theme: 'light', label: 'Light', icon: Sun },
  { theme: 'dark', label: 'Dark', icon: Moon },
] as const

export function ThemeSwitch() {
  const [theme, setTheme] = useState<Theme>('system')
  useEffect(() => setTheme(parseTheme(document.documentElement.dataset.theme)), [])
  const choose = (next: Theme) => {
    applyTheme(next)
    setTheme(next)
  }
  return (
    <fieldset className="flex w-fit gap-0.5 rounded-md border border-line p-0.5">
      <legend className="sr-only">Colours</legend>
      {CHOICES.map(({ theme: choice, label, icon: Icon }) => (
        <button
          key={choice}
          type="button"
          title={label}
          aria-label={label}
          aria-pressed={theme === choice}
          onClick={() => choose(choice)}
          className={clsx(
            'rounded-sm px-1.5 py-1',
            theme === choice ? 'bg-wait-bg text-ink' : 'text-ink-3 hover:text-ink',
          )}
        >
          <Icon size={13} aria-hidden="true" />
        </button>
      ))}
    </fieldset>
  )
}
