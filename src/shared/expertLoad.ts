import type { AblationCorpusInfo } from './ablation'

/** The load of a layer's experts, by the label of the words that go through them. */
export interface LayerLoad {
  /** 'mlp.router_weights' or 'attn.router_weights'. */
  site: string
  layer: number
  experts: number
  /**
   * Share of the words of each class that goes to each expert, [classes][experts]: a token counts as much for every
   * expert that it goes through, and a word is the mean of its tokens. Rows sum to 1.
   */
  shares: number[][]
  /** The same of all labelled words: what is expected of a class that the router does not distinguish. */
  expected: number[]
  /** Of each class the largest distance of a share from what is expected, at any expert in any shuffle. */
  farthestByChance: number[]
  /** Mutual information of label and expert in bits, and its mean over the shuffles. */
  information: number
  informationByChance: number
}

/** Which experts the words of each class go through. */
export interface ExpertLoad extends AblationCorpusInfo {
  label: { id: string; title: string }
  /** Classes that occur, and their words. */
  classes: { name: string; words: number }[]
  /** How many times labels were shuffled between words. */
  shuffles: number
  layers: LayerLoad[]
}

/** How far the share of a cell is from what is expected, -1 to 1. */
export function departure({ shares, expected }: LayerLoad, row: number, expert: number): number {
  return shares[row]![expert]! - expected[expert]!
}

/** Whether a cell is farther from what is expected than any of its class in any shuffle. */
export function isBeyondChance(load: LayerLoad, row: number, expert: number): boolean {
  return Math.abs(departure(load, row, expert)) > load.farthestByChance[row]!
}
