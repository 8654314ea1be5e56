/** What a task labels, by its unit. */
export const itemNames = {
  token: 'words',
  span: 'stretches of words',
  pair: 'pairs of words',
  sentence: 'whole sentences'
} as const
