import { refuseUnreadFields } from './contradictions'
import type { ModelFamily } from './family'

/**
 * The text part of models that read pictures too: its config is `text_config`, its weights have prefixes of their own,
 * and the tensors for pictures are rightly left unread.
 * @param families what the text part may be, by the model_type in `text_config`
 */
export function textOf(family: ModelFamily, families: readonly ModelFamily[]): ModelFamily {
  return {
    ...family,
    config(reader) {
      const text = reader.object('text_config')
      if (!text) throw reader.refusal('text_config', 'and a model of this kind has its text part there')
      const type = text.text('model_type', families[0]!.type)
      const part = families.find((candidate) => candidate.type === type)
      if (!part)
        throw text.refusal('model_type', `of which Layerscope runs ${families.map((known) => known.type).join(', ')}`)
      const config = part.config(text)
      refuseUnreadFields(text, part)
      const { head } = config
      // That of the whole counts before that of the part.
      return { ...config, head: head && { ...head, tied: reader.flag('tie_word_embeddings', head.tied) } }
    },
    prefixes: ['model.language_model.', 'language_model.model.', 'language_model.', 'text_model.', 'model.', ''],
    headPrefixes: ['', 'language_model.'],
    ignored: [
      ...family.ignored,
      /^(model\.)?(vision_tower|visual|vision_model|multi_modal_projector|embed_vision|embed_audio|audio_tower)\./,
      /^language_model\.lm_head\./
    ],
    note: ['Of this model, which reads pictures too, the text part is run.', family.note].filter(Boolean).join(' ')
  }
}
