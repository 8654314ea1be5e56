import { expect, test } from 'vitest'
import { quoted, UserError } from '@shared/userError'

test('a sentence shows control characters instead of sending them to a terminal', () => {
  expect(new UserError('stored as \u001b[31mF32\u0007\u009b, \u202eabc').message).toBe(
    'stored as \\u001b[31mF32\\u0007\\u009b, \\u202eabc'
  )
  expect(new UserError('one\ntwo\tthree 👩‍🔬').message).toBe('one\ntwo\tthree 👩‍🔬')
  expect(new UserError('half \ud83d a character').message).toBe('half \\ud83d a character')
})

test('a sentence that repeats a long input is cut in its middle, and says at its end what to do', () => {
  const sentence = new UserError(`a.json: ${'é'.repeat(1_000_000)} is not known. Save it again.`).message
  expect(new TextEncoder().encode(sentence).length).toBeLessThanOrEqual(2000)
  expect(sentence.startsWith('a.json: éé')).toBe(true)
  expect(sentence.endsWith('éé is not known. Save it again.')).toBe(true)
  expect(new UserError(sentence).message).toBe(sentence)
})

test('a value in a sentence is quoted, printable and short', () => {
  expect(quoted('a\u001b"b\n')).toBe('"a\\u001b\\"b\\n"')
  expect(quoted('\u0085x')).toBe('"\\u0085x"')
  expect(quoted('x'.repeat(100))).toBe(`"${'x'.repeat(39)}…"`)
})
