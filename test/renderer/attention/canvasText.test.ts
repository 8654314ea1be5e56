import { describe, expect, it } from 'vitest'
import { fitText, forgetTextWidths, widestText } from '@/plots/canvasText'

/** A context whose letters are `width` wide, however many code units they take. */
function context(width: number) {
  return {
    font: '12px Inter',
    measureText: (text: string) => ({ width: [...new Intl.Segmenter().segment(text)].length * width }) as TextMetrics
  }
}

describe('text on a canvas', () => {
  it('is cut to the room it has, with an ellipsis', () => {
    forgetTextWidths()
    expect(fitText(context(10), 'bank', 40)).toBe('bank')
    expect(fitText(context(10), 'banks', 40)).toBe('ban…')
    expect(fitText(context(10), 'banks', 5)).toBe('…')
  })
  it('is cut between characters, never inside of one', () => {
    forgetTextWidths()
    expect(fitText(context(10), '👩‍👩‍👧👍🏽ab', 30)).toBe('👩‍👩‍👧👍🏽…')
    expect(fitText(context(10), 'e\u0301e\u0301e\u0301', 20)).toBe('e\u0301…')
  })
  it('is measured again after a font has arrived', () => {
    forgetTextWidths()
    expect(widestText(context(10), ['a', 'abc'])).toBe(30)
    expect(widestText(context(20), ['abc'])).toBe(30)
    forgetTextWidths()
    expect(widestText(context(20), ['abc'])).toBe(60)
  })
})
