/** What a task labels, by its unit. */
export const itemNames = {
  token: 'words',
  span: 'spans of words',
  pair: 'pairs of words',
  sentence: 'whole sentences'
} as const
