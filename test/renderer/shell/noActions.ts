const nothing = (): void => undefined

/** What the palette and the keys run outside the stores, in tests of something else. */
export const noActions = {
  play: nothing,
  exportView: nothing,
  copyLink: nothing,
  saveWorkspace: nothing,
  openWorkspace: nothing
}
