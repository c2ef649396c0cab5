import { expect, test } from 'vitest'
import { toCsv } from '@/app/_lib/csv'

test('quotes what needs quoting and nothing else', () => {
  expect(toCsv(['name', 'note'], [['db-1', 'said "no", twice\nat once']])).toBe(
    'name,note\r\ndb-1,"said ""no"", twice\nat once"\r\n',
  )
})

test('keeps a spreadsheet from running what a host sent', () => {
  expect(toCsv(['name'], [['=cmd|calc']])).toBe("name\r\n'=cmd|calc\r\n")
})
