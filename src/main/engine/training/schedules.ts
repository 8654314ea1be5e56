import { UserError } from '@shared/userError'

/** How learning rates change over the steps of a stage. */
export type Schedule =
  | { kind: 'constant' }
  | { kind: 'linear warm-up and decay'; warmup_steps: number; total_steps: number }
  | { kind: 'slanted triangular'; cut_fraction: number; ratio: number; total_steps: number }

/**
 * The factor on every learning rate in step t, the first being 0.
 * @throws UserError for a schedule without a rising step that needs one
 */
export function scheduleFactor(schedule: Schedule, t: number): number {
  switch (schedule.kind) {
    case 'constant':
      return 1
    case 'linear warm-up and decay': {
      const { warmup_steps: warmup, total_steps: total } = schedule
      return t < warmup ? t / warmup : (total - t) / (total - warmup)
    }
    case 'slanted triangular': {
      // Howard & Ruder (2018), eq. 3
      const { cut_fraction: fraction, ratio, total_steps: total } = schedule
      const cut = Math.floor(total * fraction)
      if (cut < 1)
        throw new UserError(
          `A slanted triangular schedule of ${total} steps with cut_fraction ${fraction} has no step that rises; ` +
            'make one of them larger.'
        )
      const p = t < cut ? t / cut : 1 - (t - cut) / (cut * (1 / fraction - 1))
      return (1 + p * (ratio - 1)) / ratio
    }
  }
}
