import type { ModelInfo } from '@shared/model'
import { shownToken, shownTokens, type ShowableToken } from '@shared/tokenText'
import { useLayoutStore } from '@/stores/layoutStore'
import { useSessionStore } from '@/stores/sessionStore'

type Spelt = Pick<ModelInfo, 'spelling'> | null

/** Tokens as text for a person or, with the switch on, as the tokenizer spells them; those of the open model. */
export function useTokenText() {
  const layout = useLayoutStore()
  const session = useSessionStore()
  return {
    /** Tokens of one text, in its order. */
    all: (tokens: readonly ShowableToken[], model: Spelt = session.model): string[] =>
      layout.rawTokens ? tokens.map(({ text }) => text) : shownTokens(tokens, model?.spelling ?? 'plain'),
    /** A token by itself. */
    one: (text: string, model: Spelt = session.model): string =>
      layout.rawTokens ? text : shownToken(text, model?.spelling ?? 'plain')
  }
}
