import { createHash } from 'node:crypto'
import { existsSync, mkdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { atomicWrite } from '../files/atomicWrite'
import { cacheDir } from '../paths'
import { keepIfPossible } from '../files/notWritten'

/** Of the pairs of one paradigm, the acceptable and the unacceptable sentence of each in turn. */
export interface ParadigmScores {
  /** Log-probabilities in nats. */
  scores: number[]
  /** Tokens more probable than the first one that counts, in cloze tests; -1 elsewhere. */
  better: number[]
  /** Scored tokens of each text; absent in what earlier versions kept. */
  tokens?: number[]
}

/**
 * Scores of texts are kept here paradigm by paradigm, so a run that was cancelled or killed resumes with the
 * paradigm it was in.
 */
export class ScoreCache {
  constructor(private readonly folder = join(cacheDir(), 'pairs')) {}

  find(key: string): ParadigmScores | null {
    const path = this.path(key)
    try {
      return existsSync(path) ? (JSON.parse(readFileSync(path, 'utf8')) as ParadigmScores) : null
    } catch {
      return null
    }
  }

  keep(key: string, scores: ParadigmScores): void {
    keepIfPossible(this.folder, () => {
      mkdirSync(this.folder, { recursive: true })
      atomicWrite(this.path(key), JSON.stringify(scores))
    })
  }

  private path(key: string): string {
    return join(this.folder, `${key}.json`)
  }
}

/** Of everything that scores depend on: the model, the backend that computes, and the texts. */
export function scoreKey(modelId: string, backend: string, texts: unknown): string {
  return createHash('sha256')
    .update(JSON.stringify([modelId, backend, texts]))
    .digest('hex')
    .slice(0, 32)
}
