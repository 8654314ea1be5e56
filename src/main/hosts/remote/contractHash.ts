declare const LAYERSCOPE_CONTRACT: string

/** What window and engine must have in common (`scripts/lib/contractHash.mjs`), put here by the build. */
export const contractHash: string = LAYERSCOPE_CONTRACT
