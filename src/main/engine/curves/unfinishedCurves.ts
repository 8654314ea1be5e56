import { createHash } from 'node:crypto'
import { appendFileSync, existsSync, mkdirSync, readFileSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import type { CurvePoint } from '@shared/curve'
import { keepIfPossible } from '../files/notWritten'

/**
 * The points of curves that are not finished, a file a curve and a line a point, written as they come: a curve that was
 * cancelled or killed can be resumed. Files are named by a hash of everything that decides the points.
 */
export class UnfinishedCurves {
  constructor(private readonly folder: string) {}

  /** A line that was cut in the middle is left out. */
  points(identity: unknown): CurvePoint[] {
    const path = this.path(identity)
    if (!existsSync(path)) return []
    return readFileSync(path, 'utf8')
      .split('\n')
      .slice(0, -1)
      .flatMap((line) => {
        try {
          return [JSON.parse(line) as CurvePoint]
        } catch {
          return []
        }
      })
  }

  add(identity: unknown, point: CurvePoint): void {
    keepIfPossible(this.folder, () => {
      mkdirSync(this.folder, { recursive: true })
      appendFileSync(this.path(identity), `${JSON.stringify(point)}\n`)
    })
  }

  forget(identity: unknown): void {
    rmSync(this.path(identity), { force: true })
  }

  private path(identity: unknown): string {
    return join(
      this.folder,
      `${createHash('sha256').update(JSON.stringify(identity)).digest('hex').slice(0, 32)}.jsonl`
    )
  }
}
