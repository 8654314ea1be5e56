/** Powers of ten that a double holds exactly. */
const powers = Array.from({ length: 23 }, (_, i) => Number(`1e${i}`))
/** A whole number of this many digits is below 2^53. */
const exactDigits = 15

const zero = 0x30
const nine = 0x39

/** Reads decimal numbers out of bytes, without a string for each. */
export class DecimalReader {
  /** Where the number that was read last ended. */
  end = 0

  /**
   * The number that begins at `from`, correctly rounded to a double; NaN where none does. Up to 15 digits and powers of
   * ten up to 22 it is one exact product or quotient (Clinger 1990, section 3); what is longer goes through `Number`.
   */
  read(bytes: Uint8Array, from: number, to: number): number {
    let at = from
    const negative = bytes[at] === 0x2d
    if (negative || bytes[at] === 0x2b) at++
    let mantissa = 0
    let significant = 0
    let digits = 0
    let exponent = 0
    for (let point = false; at < to; at++) {
      const byte = bytes[at]!
      if (byte >= zero && byte <= nine) {
        digits++
        if (significant > 0 || byte !== zero) significant++
        if (significant <= exactDigits) mantissa = mantissa * 10 + (byte - zero)
        if (point) exponent--
      } else if (byte === 0x2e && !point) point = true
      else break
    }
    if (digits === 0) return NaN
    if (at < to && (bytes[at]! | 0x20) === 0x65) {
      let mark = at + 1
      const down = bytes[mark] === 0x2d
      if (down || bytes[mark] === 0x2b) mark++
      let written = 0
      const first = mark
      for (; mark < to && bytes[mark]! >= zero && bytes[mark]! <= nine; mark++)
        written = written * 10 + (bytes[mark]! - zero)
      if (mark === first) return NaN
      exponent += down ? -written : written
      at = mark
    }
    this.end = at
    if (significant > exactDigits || exponent < -22 || exponent > 22)
      return Number(Buffer.from(bytes.subarray(from, at)).toString('latin1'))
    const value = exponent < 0 ? mantissa / powers[-exponent]! : mantissa * powers[exponent]!
    return negative ? -value : value
  }
}
