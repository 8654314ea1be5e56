import { until } from './until'
import { handlerOf } from './handlers'
import { actions, type ActionId } from './registry'
import { useNoticeStore } from '@/stores/noticeStore'
import { useSelectionStore } from '@/stores/selectionStore'

/** A view that is opened for an action has this long to show its button, and the button to be ready. */
export const patienceMs = 5000

/**
 * Does an action wherever its button is: its view is opened, and within it what has the button.
 * @returns whether it could be done; where it could not, a notice says so
 */
export async function perform(id: ActionId): Promise<boolean> {
  const action = actions[id]
  if (!handlerOf(id)?.isEnabled()) {
    if (action.view !== undefined) useSelectionStore().view = action.view
    if (action.after !== undefined && !(await perform(action.after as ActionId))) return false
  }
  const handler = await until(() => {
    const now = handlerOf(id)
    return now?.isEnabled() ? now : null
  }, patienceMs)
  if (handler) {
    handler.run()
    return true
  }
  // The pane that has its button is open by now, and says what is missing or that it was done already.
  if (action.after === undefined)
    useNoticeStore().say(
      `${action.title}: not possible now`,
      handlerOf(id) ? 'Its button is not ready: see what the view asks for.' : 'Nothing in the view offers it.'
    )
  return false
}
