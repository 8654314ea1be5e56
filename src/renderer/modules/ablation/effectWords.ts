import type { Effect, MeasureInfo } from '@shared/ablation'

/** A value of a measure, or a difference of it with its sign. */
export function measured(unit: MeasureInfo['unit'], value: number, signed = false): string {
  const text =
    unit === 'share'
      ? `${(value * 100).toFixed(1)}`
      : unit === 'rank'
        ? value.toFixed(1)
        : unit === 'nats'
          ? value.toFixed(3)
          : value.toFixed(4)
  return signed && value >= 0 ? `+${text}` : text.replace('-', '−')
}

export function effectText(unit: MeasureInfo['unit'], { difference, interval }: Effect): string {
  return (
    `${measured(unit, difference, true)} (${measured(unit, interval[0], true)} to ` +
    `${measured(unit, interval[1], true)})`
  )
}

/** Positive where the model does worse. */
export function harm({ better }: MeasureInfo, { difference }: Effect): number {
  return better === 'higher' ? -difference : difference
}
